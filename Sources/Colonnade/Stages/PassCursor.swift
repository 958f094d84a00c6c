// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A pass over a pipeline: gives out its items in order, as descriptions that any thread can make them from.
final class PassCursor: StageCursor {
    let executor: Executor
    /// Items that can be had by number, and those given out.
    private let count: Int
    private var position = 0
    /// Samples that came before, of all ranks: more than 0 where the pass did not begin at the front.
    let origin: Int
    let pipeline: Pipeline
    private let upstream: (any StageCursor)?
    private let pass: PassContext
    /// Samples of a batch that an error broke off, and where the first was taken.
    private var begun: [Recipe] = []
    private var taken = 0
    /// Samples of all ranks that one of this rank stands for.
    private let unit: Int
    private var placeOfBegun: Place?

    /// A pass that has given out this many items one by one will read most of the file.
    private static let itemsOfWhoReadsAll = 1024

    /// - Parameter origin: what `Pipeline.from` counts.
    init(_ pipeline: Pipeline, _ pass: PassContext, origin: Int = 0) throws(ColonnadeError) {
        self.pipeline = pipeline
        self.pass = pass
        self.origin = origin
        executor = try Executor(pipeline, pass)
        count = executor.count ?? 0
        if case .stage(let stage) = pipeline.feed {
            upstream = try stage.makeCursor(pass)
            unit = (stage as? ShardStage)?.plan.worldSize ?? 1
        } else {
            upstream = nil
            unit = 1
        }
    }

    func next() throws(ColonnadeError) -> Recipe? {
        guard let work = try nextWork() else { return nil }
        if case .recipes(let recipes) = work, pipeline.batches == nil, pipeline.program.isEmpty { return recipes[0] }
        return .pending(executor, work)
    }

    func skip(_ count: Int) -> Int {
        guard let upstream else {
            let skipped = min(count, self.count - position)
            position += skipped
            return skipped
        }
        guard pipeline.batches == nil else { return skipOneByOne(count) }
        let skipped = upstream.skip(count)
        note(skipped)
        return skipped
    }

    /// Positions of the next items, `most` at the most; nil where items have none.
    func nextPositions(_ most: Int) -> Range<Int>? {
        guard upstream == nil else { return nil }
        let positions = position..<min(position + most, count)
        position = positions.upperBound
        return positions
    }

    func nextWork() throws(ColonnadeError) -> Work? {
        guard let upstream else {
            guard position < count else { return nil }
            position += 1
            if position == PassCursor.itemsOfWhoReadsAll { executor.warm() }
            return .position(position - 1)
        }
        guard let batches = pipeline.batches else {
            guard let recipe = try upstream.next() else { return nil }
            note(1)
            return .recipes([recipe])
        }
        let size = batches.sizeOrOne
        if begun.isEmpty { placeOfBegun = upstream.place }
        while begun.count < size, let recipe = try upstream.next() { begun.append(recipe) }
        if begun.isEmpty || begun.count < size && batches.isDroppingLast { return nil }
        position += 1
        note(begun.count)
        defer { begun = [] }
        return .recipes(begun)
    }

    /// Counts samples, of all ranks; no further than a place may.
    private func note(_ count: Int) {
        taken = min(taken.saturatingSum(count.saturatingProduct(unit)), Place.most)
    }

    // MARK: Where it is

    var place: Place {
        guard let upstream else { return Place(numbers: [position]) }
        return Place(
            numbers: [position, taken], upstreams: [begun.isEmpty ? upstream.place : placeOfBegun ?? upstream.place])
    }

    func go(to place: Place) throws(ColonnadeError) {
        guard let upstream else {
            try place.check(numbers: 1, upstreams: 0)
            guard place.numbers[0] <= count else {
                throw ColonnadeError(.invalidArgument, "this position is beyond the end of the pipeline")
            }
            position = place.numbers[0]
            return
        }
        try place.check(numbers: 2, upstreams: 1)
        (position, taken) = (place.numbers[0], place.numbers[1])
        try upstream.go(to: place.upstreams[0])
    }
}
