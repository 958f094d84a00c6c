// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

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
