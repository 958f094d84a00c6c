// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import Colonnade
internal import ColonnadeCore

@c @implementation
public func colonnade_apply(
    _ pipeline: OpaquePointer, _ operation: UnsafePointer<CChar>, _ arguments: UnsafePointer<colonnade_argument>?,
    _ argumentCount: Int, _ error: UnsafeMutablePointer<colonnade_error>?
) -> OpaquePointer? {
    unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let name = unsafe String(cString: operation)
        var arguments = try unsafe Arguments(name, arguments, argumentCount)
        let result: PipelineHandle.Contents
        switch unsafe Handle.pipeline(pipeline).contents {
        case .buffer(let buffer):
            if let changed = try Operations.values(buffer, &arguments) {
                result = .buffer(changed)
            } else if let changed = try Operations.buffer(buffer, &arguments) {
                result = changed
            } else {
                throw Operations.unknown(name, "buffers")
            }
        case .stream(let stream):
            if let changed = try Operations.values(stream, &arguments) {
                result = .stream(changed)
            } else if let changed = try Operations.stream(stream, &arguments) {
                result = changed
            } else {
                throw Operations.unknown(name, "streams")
            }
        }
        try arguments.checkAllRead()
        return unsafe Handle.make(PipelineHandle(result, madeOf: Handle.pipeline(pipeline)))
    }
}

/// Operations by name: what an operation is called in C, and what it is in Swift.
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
