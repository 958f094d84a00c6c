// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Samples that come from front to back: what a stream makes of others in a way that no buffer can, such as leaving some
/// out. A value; a pass over it has a cursor.
protocol Stage: Sendable {
    var schema: Schema { get }

    /// Samples of a pass; nil where only reading them tells.
    var count: Int? { get }

    /// What it does, in a few words: for people, and to tell pipelines apart.
    var label: String { get }

    /// The name of the operation, of letters and hyphens. Saved positions carry it.
    var name: String { get }

    /// The label for people alone, where there is more to say.
    var explanation: String { get }

    /// What it takes its samples from.
    var upstreams: [Upstream] { get }

    var runsUserCode: Bool { get }

    /// Of its own random choices, if it makes any.
    var seed: UInt64? { get }

    /// Whether it gives out samples according to their position, so that its upstreams have the order of epoch 0 in every epoch.
    var isSelection: Bool { get }

    /// Whether the order of its samples differs from epoch to epoch.
    var varies: Bool { get }

    /// Of orders that are part of it, beside its label and upstreams: see `RowSource.orders`.
    var orders: UInt64 { get }

    /// A pass from front to back.
    func makeCursor(_ pass: PassContext) throws(ColonnadeError) -> any StageCursor

    /// The same stage over samples that are changed; nil if what it gives out depends on what is in them. Not asked where they
    /// are batches: those are handed on whole, and what is written behind the stage is meant for them.
    func changingSamples(_ change: (Pipeline) throws(ColonnadeError) -> Pipeline) throws(ColonnadeError) -> (any Stage)?
}

extension Stage {
    var runsUserCode: Bool { false }
    var seed: UInt64? { nil }
    var explanation: String { label }
    var name: String {
        let letters = label.unicodeScalars.prefix { $0.isASCII && $0.properties.isAlphabetic }
        return letters.isEmpty ? "step" : String(String.UnicodeScalarView(letters.prefix(12)))
    }
    var orders: UInt64 { 0 }
    var isSelection: Bool { false }
    var varies: Bool { seed != nil || !isSelection && upstreams.contains { $0.pipeline.varies } }

    func changingSamples(
        _ change: (Pipeline) throws(ColonnadeError) -> Pipeline
    ) throws(ColonnadeError) -> (any Stage)? { nil }
}

/// The state that the stages and rows of one pass share.
struct PassContext: Sendable {
    /// The epoch of random changes of values, and of orders that are not below a selection.
    private(set) var epoch: Int
    let pool: TensorPool
    private(set) var times: StepTimes?
    /// The epoch of orders below a selection; nil where there is no selection.
    private var fixedEpoch: Int?

    init(epoch: Int, pool: TensorPool, times: StepTimes? = nil) {
        self.epoch = epoch
        self.pool = pool
        self.times = times
    }

    /// The epoch of orders.
    var orderEpoch: Int { fixedEpoch ?? epoch }

    /// Returns the pass with other epochs, of values and of orders.
    func epochs(_ change: (Int) -> Int) -> PassContext {
        var copy = self
        copy.epoch = change(epoch)
        copy.fixedEpoch = fixedEpoch.map(change)
        return copy
    }

    /// Returns the pass with another epoch of values, and of orders that are not below a selection.
    func epoch(_ number: Int, ofOrders orders: (Int) -> Int) -> PassContext {
        var copy = self
        copy.epoch = number
        copy.fixedEpoch = fixedEpoch.map(orders)
        return copy
    }

    /// The pass as what lies below a selection sees it: orders are those of epoch 0.
    var frozen: PassContext {
        var copy = self
        copy.fixedEpoch = 0
        return copy
    }

    /// The pass for parts whose time is that of the step that they are part of.
    var untimed: PassContext {
        var copy = self
        copy.times = nil
        return copy
    }
}

/// A pass over a stage: decides what comes next, and leaves the making to others where it can. For one thread at a time.
protocol StageCursor: AnyObject {
    /// The next sample, nil at the end and from then on. After an error it goes on behind it.
    func next() throws(ColonnadeError) -> Recipe?

    /// Passes by so many samples, or as many as are left, and past errors; tells how many.
    func skip(_ count: Int) -> Int

    /// Where it is: in front of the sample that `next` would give.
    var place: Place { get }

    /// Goes to a place that such a cursor gave before. Called before the first `next`.
    func go(to place: Place) throws(ColonnadeError)
}

extension StageCursor {
    func skip(_ count: Int) -> Int { skipOneByOne(count) }

    func skipOneByOne(_ count: Int) -> Int {
        var skipped = 0
        while skipped < count {
            do throws(ColonnadeError) {
                guard try next() != nil else { break }
                skipped += 1
            } catch {
                continue
            }
        }
        return skipped
    }
}

/// Where a pass is: numbers that each stage gives a meaning, and the places of the stages before it.
struct Place: Sendable, Hashable {
    var numbers: [Int]
    var upstreams: [Place] = []

    /// No pass counts further, so that adding to a damaged number does not overflow.
    static let most = 1 << 60

    /// Throws `invalidArgument` unless it has as many numbers and places as the stage that reads it wrote.
    func check(numbers count: Int, upstreams: Int) throws(ColonnadeError) {
        guard numbers.count == count, self.upstreams.count == upstreams,
            numbers.allSatisfy({ (0...Place.most).contains($0) })
        else {
            throw ColonnadeError(.invalidArgument, "this position does not belong to this pipeline")
        }
    }
}
