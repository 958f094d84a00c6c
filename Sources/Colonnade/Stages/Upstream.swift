// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A pipeline from which a stage takes its samples. Threads of its own make the samples ahead if that was asked for.
struct Upstream: Sendable {
    let pipeline: Pipeline
    let prefetching: Prefetching?

    init(_ pipeline: Pipeline, _ prefetching: Prefetching? = nil) {
        self.pipeline = pipeline
        self.prefetching = prefetching
    }

    var schema: Schema { pipeline.schema }
    var count: Int? { pipeline.count }

    func changing(_ change: (Pipeline) throws(ColonnadeError) -> Pipeline) throws(ColonnadeError) -> Upstream {
        Upstream(try change(pipeline), prefetching)
    }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        let cursor = try PassCursor(pipeline, pass)
        guard let prefetching else { return cursor }
        return PrefetchedCursor(cursor, prefetching)
    }
}
