// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The rows of a source, with the order of epoch 0 in every epoch.
struct FrozenRows: RowSource {
    let source: any RowSource

    init(_ source: any RowSource) { self.source = source }

    var schema: Schema { source.schema }
    var count: Int { source.count }
    var identity: UInt64 { source.identity }
    var orders: UInt64 { Fingerprint.mix(source.orders, "frozen") }
    var promises: [String] { source.promises }
    var label: String { source.label }
    var inputs: [RowPlan] { source.inputs }
    var varies: Bool { false }
    var depth: Int { source.depth }
    var nodeCount: Int { source.nodeCount }
    var isFrozen: Bool { true }

    func addFiles(to sizes: inout [UInt64: Int]) { source.addFiles(to: &sizes) }

    func byteCount(ofColumns columns: [Int]) -> Int? { source.byteCount(ofColumns: columns) }

    func hasEntryPoints(ofColumn index: Int) -> Bool { source.hasEntryPoints(ofColumn: index) }

    func bound(_ pass: PassContext) throws(ColonnadeError) -> any BoundRows { try source.bound(pass.frozen) }
}
