// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The plan from which a stage takes its samples, and the prefetching of these samples, if `prefetched` comes before
/// the stage.
struct Upstream: Sendable {
    let plan: StreamPlan
    let prefetching: Prefetching?

    init(_ plan: StreamPlan, _ prefetching: Prefetching? = nil) {
        self.plan = plan
        self.prefetching = prefetching
    }

    var schema: Schema { plan.schema }
    var count: Int? { plan.count }

    func changing(_ change: (StreamPlan) throws(ColonnadeError) -> StreamPlan) throws(ColonnadeError) -> Upstream {
        Upstream(try change(plan), prefetching)
    }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        let cursor = try plan.makeCursor(pass)
        guard let prefetching else { return cursor }
        return PrefetchedCursor(cursor, prefetching)
    }
}
