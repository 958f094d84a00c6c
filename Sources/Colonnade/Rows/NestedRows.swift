// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The samples or batches of a buffer as rows of another.
struct NestedRows: RowSource {
    private let pipeline: Pipeline
    let count: Int

    init(_ pipeline: Pipeline) {
        self.pipeline = pipeline
        count = pipeline.count ?? 0
    }

    var schema: Schema { pipeline.schema }
    var identity: UInt64 { pipeline.identity }
    var orders: UInt64 { pipeline.fingerprint(isOutside: false) }
    var promises: [String] { pipeline.promises }
    var depth: Int { pipeline.depth + 1 }
    var label: String { pipeline.label }
    var parts: [Pipeline] { [pipeline] }

    func bound(_ pass: PassContext) throws(ColonnadeError) -> any BoundRows { try Executor(pipeline, pass.untimed) }
}
