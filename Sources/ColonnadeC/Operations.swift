// SPDX-License-Identifier: Apache-2.0

import CColonnade
internal import Colonnade
internal import ColonnadeCore

/// Operations of pipelines by the names that they have in C.
enum Operations {
    static func unknown(_ name: String, _ kind: String) -> ColonnadeError {
        ColonnadeError(.invalidArgument, "there is no operation \"\(name)\" on \(kind)")
    }

    /// How batches of ragged values are padded, and which keys are joined instead of stacked.
    static func batching(
        _ arguments: inout Arguments
    ) throws(ColonnadeError) -> (padding: NameMap<Double>, joining: NameMap<Int>) {
        let joining = arguments.keyed("joining")
        for (key, value) in joining where Int(exactly: value) == nil {
            throw ColonnadeError(.invalidArgument, "\"\(key)\" cannot be joined along dimension \(value)")
        }
        return (arguments.keyed("padding"), joining.mapValues { Int($0) })
    }

    static func remainder(_ arguments: inout Arguments) throws(ColonnadeError) -> ShardRemainder {
        let mask = arguments.text("mask_key")
        return try arguments.choice(
            "remainder", ["drop": .drop, "repeat": .repeat, "mask": .mask(mask ?? "mask")]) ?? .drop
    }

    /// A seed of 64 bits, which C says as an integer of either sign.
    static func seed(_ arguments: inout Arguments) throws(ColonnadeError) -> UInt64 {
        UInt64(bitPattern: Int64(try arguments.need(integer: "seed")))
    }
}
