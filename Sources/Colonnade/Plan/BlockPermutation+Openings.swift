// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels

extension BlockPermutation {
    /// Calls a function with each round in which a slot enters a block, and with that block. O(calls).
    func visitOpenings(ofSlot slot: Int, in rounds: Range<Int>, _ visit: (_ round: Int, _ block: Int) -> Void) {
        // Sums of two row numbers may exceed an `Int`: see section 4 of formats/row-order-2.md.
        let (slot, count, size) = (UInt64(slot), UInt64(count), UInt64(shape.rows))
        let extra = min(slot, order.extra)
        let length = order.rounds + (slot < order.extra ? 1 : 0)
        let lead = slot * order.step / UInt64(shape.open) - extra
        let start = slot * order.rounds + extra + order.rotation
        var round = UInt64(rounds.lowerBound)
        let end = min(UInt64(rounds.upperBound), length)
        while round < end {
            let offset = (round + lead) % length
            let number = (start + offset) % count
            if offset == 0 || number % size == 0 {
                let block = Int(number / size)
                visit(Int(round), block < blocks.count ? blocks[block] : block)
            }
            round += min(size - number % size, length - offset, count - number)
        }
    }
}
