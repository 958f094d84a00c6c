// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Combines the samples of several streams: each sample has the keys of all streams. It ends with the first stream that
/// ends.
struct ZipStage: Stage {
    let schema: Schema
    let upstreams: [Upstream]

    /// Throws `invalidArgument` for a key that two streams have.
    init(_ upstreams: [Upstream]) throws(ColonnadeError) {
        self.upstreams = upstreams
        schema = try Schema(upstreams.flatMap(\.schema.fields))
    }

    var count: Int? {
        let counts = upstreams.compactMap(\.count)
        return counts.count == upstreams.count ? counts.min() : nil
    }

    var name: String { "zip" }
    var label: String { "zipped" }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(schema, try upstreams.map { (upstream) throws(ColonnadeError) in try upstream.makeCursor(pass) })
    }

    private final class Cursor: StageCursor {
        private let schema: Schema
        private let upstreams: [any StageCursor]
        /// The parts of the next sample that were taken before an error, and the states of the upstreams before them.
        private var pending: [Recipe] = []
        private var stateBeforePending: [CursorState] = []

        init(_ schema: Schema, _ upstreams: [any StageCursor]) {
            self.schema = schema
            self.upstreams = upstreams
        }

        func next() throws(ColonnadeError) -> Recipe? {
            if pending.isEmpty { stateBeforePending = upstreams.map(\.state) }
            while pending.count < upstreams.count {
                guard let recipe = try upstreams[pending.count].next() else { return nil }
                pending.append(recipe)
            }
            defer { pending = [] }
            return .composed(Zipped(recipes: pending, schema: schema))
        }

        var state: CursorState {
            CursorState(numbers: [], upstreams: pending.isEmpty ? upstreams.map(\.state) : stateBeforePending)
        }

        func restore(_ state: CursorState) throws(ColonnadeError) {
            try state.check(numbers: 0, upstreams: upstreams.count)
            for (upstream, state) in zip(upstreams, state.upstreams) { try upstream.restore(state) }
        }
    }

    private struct Zipped: Composition {
        let recipes: [Recipe]
        let schema: Schema

        var identity: (row: Int, epoch: Int) { recipes[0].identity }

        func make() throws(ColonnadeError) -> Sample {
            var tensors: [Tensor] = []
            for recipe in recipes { tensors += try recipe.make().tensors }
            return Sample(schema: schema, tensors: tensors)
        }
    }
}
