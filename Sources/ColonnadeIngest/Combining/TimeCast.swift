// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A checked conversion of times from one unit to another. A time between two units, or beyond the type, is an error.
///
/// `NaT` stays what it is. Dates become points in time without a zone, at midnight; all else keeps its kind, and has a zone as
/// before or none as before.
struct TimeCast {
    let source: TimeType
    let target: TimeType

    /// Makes a conversion; nil if the types have different meanings.
    init?(from source: TimeType, to target: TimeType) {
        let isDay = source.kind == .date && target.kind == .timestamp
        guard source.kind == target.kind || isDay, (source.zone == nil) == (target.zone == nil) else { return nil }
        self.source = source
        self.target = target
    }

    /// Appends all elements of `bytes`, converted. Nil if all fit; else the first that does not.
    func convert(_ bytes: [UInt8], appendingTo output: inout [UInt8]) -> ElementCast.Misfit? {
        let size = source.dtype.size
        for index in 0..<bytes.count / size {
            let value = Self.element(bytes, at: index * size, size)
            var converted = target.notATime
            if value != source.notATime {
                let (count, rest) = (Int128(value) * source.unit.nanoseconds)
                    .quotientAndRemainder(dividingBy: target.unit.nanoseconds)
                var text: [UInt8] = []
                TimeText.append(value, source, to: &text)
                func misfit(_ reason: String) -> ElementCast.Misfit {
                    ElementCast.Misfit(index: index, value: String(decoding: text.span), reason: reason)
                }
                guard rest == 0 else { return misfit("lies between two of the unit of \(target)") }
                guard let fitting = Int64(exactly: count), target.dtype == .int64 || Int32(exactly: fitting) != nil,
                    fitting != target.notATime
                else { return misfit("is beyond the range of \(target)") }
                converted = fitting
            }
            Self.append(converted, as: target, to: &output)
        }
        return nil
    }

    /// Returns the integer of 4 or 8 bytes, little-endian.
    static func element(_ bytes: [UInt8], at start: Int, _ size: Int) -> Int64 {
        let word = bytes[start..<start + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return size == 4 ? Int64(Int32(truncatingIfNeeded: word)) : Int64(bitPattern: word)
    }

    static func append(_ value: Int64, as type: TimeType, to output: inout [UInt8]) {
        if type.dtype == .int32 {
            output.append(littleEndian: Int32(truncatingIfNeeded: value))
        } else {
            output.append(littleEndian: value)
        }
    }
}
