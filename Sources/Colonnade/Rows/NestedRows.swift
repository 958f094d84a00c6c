// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The samples or batches of a buffer, as the rows of another buffer.
struct NestedRows: RowSource {
    private let plan: RowPlan

    init(_ plan: RowPlan) { self.plan = plan }

    var schema: Schema { plan.schema }
    var count: Int { plan.count }
    var identity: UInt64 { plan.identity }
    var orders: UInt64 { plan.fingerprint(isOutside: false) }
    var promises: [String] { plan.promises }
    var depth: Int { plan.depth + 1 }
    var nodeCount: Int { plan.nodeCount.saturatingSum(1) }
    var label: String { plan.label }
    var inputs: [RowPlan] { [plan] }

    func hasEntryPoints(ofColumn index: Int) -> Bool { plan.hasEntryPoints(ofOutput: index) }

    func bound(_ pass: PassContext) throws(ColonnadeError) -> any BoundRows {
        try RowExecutor(plan, pass.untimed).items
    }
}
