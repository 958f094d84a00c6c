// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Some consecutive samples of a stream.
struct SpanStage: Stage {
    let upstream: Upstream
    let range: Range<Int>

    init(_ upstream: Upstream, _ range: Range<Int>) {
        self.upstream = upstream
        self.range = range
    }

    var schema: Schema { upstream.schema }
    var count: Int? { upstream.count.map { min($0, range.upperBound) - min($0, range.lowerBound) } }
    var upstreams: [Upstream] { [upstream] }
    var label: String { "samples \(range.lowerBound)…\(range.upperBound == .max ? "" : String(range.upperBound))" }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(try upstream.makeCursor(pass), range)
    }

    func changingSamples(
        _ change: (Pipeline) throws(ColonnadeError) -> Pipeline
    ) throws(ColonnadeError) -> (any Stage)? {
        SpanStage(try upstream.changing(change), range)
    }

    private final class Cursor: StageCursor {
        private let upstream: any StageCursor
        private let range: Range<Int>
        private var index = 0

        init(_ upstream: any StageCursor, _ range: Range<Int>) {
            self.upstream = upstream
            self.range = range
        }

        func next() throws(ColonnadeError) -> Recipe? {
            while index < range.lowerBound {
                guard try upstream.next() != nil else { return nil }
                index += 1
            }
            guard index < range.upperBound, let recipe = try upstream.next() else { return nil }
            index += 1
            return recipe
        }

        var place: Place { Place(numbers: [index], upstreams: [upstream.place]) }

        func go(to place: Place) throws(ColonnadeError) {
            try place.check(numbers: 1, upstreams: 1)
            index = place.numbers[0]
            try upstream.go(to: place.upstreams[0])
        }
    }
}

/// The part of one rank of a stream: see `ShardPlan`.
struct ShardStage: Stage {
    let upstream: Upstream
    let rank: Int
    let worldSize: Int
    let remainder: ShardRemainder
    let schema: Schema

    init(
        _ upstream: Upstream, rank: Int, worldSize: Int, remainder: ShardRemainder
    ) throws(ColonnadeError) {
        self.upstream = upstream
        self.rank = rank
        self.worldSize = worldSize
        self.remainder = remainder
        guard case .mask(let key) = remainder else {
            schema = upstream.schema
            return
        }
        guard upstream.schema.index(named: key) == nil, !upstream.pipeline.isBatched else {
            throw ColonnadeError(
                .invalidArgument,
                "batches have no mask for each sample, and samples none under a key that they have: shard before batched, and "
                    + "name the mask otherwise than \"\(key)\"")
        }
        schema = try Schema(upstream.schema.fields + [Field(key, .bool)])
    }

    var count: Int? {
        upstream.count.map { ShardPlan(rank: rank, worldSize: worldSize, remainder: remainder).count(of: $0) }
    }
    var upstreams: [Upstream] { [upstream] }
    var label: String { "rank \(rank) of \(worldSize)" }

    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor {
        Cursor(self, try upstream.makeCursor(pass))
    }

    func changingSamples(
        _ change: (Pipeline) throws(ColonnadeError) -> Pipeline
    ) throws(ColonnadeError) -> (any Stage)? {
        if case .mask = remainder { return nil }
        return try ShardStage(try upstream.changing(change), rank: rank, worldSize: worldSize, remainder: remainder)
    }

    private final class Cursor: StageCursor {
        private let stage: ShardStage
        private let upstream: any StageCursor
        /// Samples of a group that an error broke off, and where it began.
        private var begun: [Recipe] = []
        private var placeOfBegun: Place?

        init(_ stage: ShardStage, _ upstream: any StageCursor) {
            self.stage = stage
            self.upstream = upstream
        }

        func next() throws(ColonnadeError) -> Recipe? {
            if begun.isEmpty { placeOfBegun = upstream.place }
            while begun.count < stage.worldSize, let recipe = try upstream.next() { begun.append(recipe) }
            // What is left over stays begun: with other ranks it may be enough for all of them.
            if begun.isEmpty || begun.count < stage.worldSize && stage.remainder == .drop { return nil }
            defer { begun = [] }
            let recipe = begun[stage.rank % begun.count]
            guard case .mask = stage.remainder else { return recipe }
            return .composed(Masked(recipe: recipe, isOwn: stage.rank < begun.count, schema: stage.schema))
        }

        var place: Place {
            Place(numbers: [], upstreams: [begun.isEmpty ? upstream.place : placeOfBegun ?? upstream.place])
        }

        func go(to place: Place) throws(ColonnadeError) {
            try place.check(numbers: 0, upstreams: 1)
            try upstream.go(to: place.upstreams[0])
        }
    }

    /// A sample and whether it is the rank's own.
    private struct Masked: Composition {
        let recipe: Recipe
        let isOwn: Bool
        let schema: Schema

        var identity: (row: Int, epoch: Int) { recipe.identity }

        func make() throws(ColonnadeError) -> Sample {
            Sample(schema: schema, tensors: try recipe.make().tensors + [Tensor(scalar: isOwn)])
        }
    }
}
