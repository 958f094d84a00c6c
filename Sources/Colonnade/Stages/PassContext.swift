// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The state that the stages and rows of one pass share.
struct PassContext: Sendable {
    /// The epoch of random changes of values, and of orders that no selection follows.
    private(set) var epoch: Int
    let pool: TensorPool
    private(set) var times: StepTimes?
    /// Whether batches of texts have no padding, for a caller that makes an object of each text.
    private(set) var unpadsTexts: Bool
    /// The epoch of orders before a selection; nil if no selection follows.
    private var fixedEpoch: Int?

    init(epoch: Int, pool: TensorPool, times: StepTimes? = nil, unpadsTexts: Bool = false) {
        self.epoch = epoch
        self.pool = pool
        self.times = times
        self.unpadsTexts = unpadsTexts
    }

    /// The epoch of orders.
    var orderEpoch: Int { fixedEpoch ?? epoch }

    /// Returns the pass with a change of the epochs of values and of orders.
    func epochs(_ change: (Int) -> Int) -> PassContext {
        var copy = self
        copy.epoch = change(epoch)
        copy.fixedEpoch = fixedEpoch.map(change)
        return copy
    }

    /// Returns the pass with another epoch of values, and of orders that no selection follows. `orders` changes the
    /// epoch of the other orders.
    func epoch(_ number: Int, ofOrders orders: (Int) -> Int) -> PassContext {
        var copy = self
        copy.epoch = number
        copy.fixedEpoch = fixedEpoch.map(orders)
        return copy
    }

    /// The pass for steps before a selection: orders are those of epoch 0.
    var frozen: PassContext {
        var copy = self
        copy.fixedEpoch = 0
        return copy
    }

    /// The pass for the sources of a plan, whose batches become values of other items.
    var inner: PassContext {
        var copy = self
        copy.unpadsTexts = false
        return copy
    }

    /// The pass without time measurement, for parts of a step whose time is measured as a whole.
    var untimed: PassContext {
        var copy = self
        copy.times = nil
        return copy
    }
}
