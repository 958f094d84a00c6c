// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Elements of NumPy's `datetime64` and `timedelta64` as the integers that a column of times has.
struct ArrayTimes: Equatable {
    let type: TimeType
    /// Units of `type` in one of the array: hours are 3,600 seconds.
    let step: Int64

    /// Reads the type string after its byte order: `M8[us]`, `m8[h]`, `datetime64[us]`. Nil for units that no column
    /// has: years, months, several at once, and those below nanoseconds.
    init?(_ code: Substring) {
        let names = [("M8[", false), ("m8[", true), ("datetime64[", false), ("timedelta64[", true)]
        guard let (name, isSpan) = names.first(where: { code.hasPrefix($0.0) }), code.last == "]" else { return nil }
        let unit = String(code.dropFirst(name.count).dropLast())
        let resolution: (unit: TimeType.Unit, step: Int64)? =
            switch unit {
            case "W": isSpan ? (.seconds, 604_800) : (.days, 7)
            case "D": isSpan ? (.seconds, 86_400) : (.days, 1)
            case "h": (.seconds, 3_600)
            case "m": (.seconds, 60)
            case "s", "ms", "us", "ns": TimeType.Unit(rawValue: unit).map { ($0, 1) }
            default: nil
            }
        guard let resolution,
            let type = TimeType(isSpan ? .duration : resolution.unit == .days ? .date : .timestamp, resolution.unit)
        else { return nil }
        self.type = type
        step = resolution.step
    }

    /// An element that is not converted, and why.
    struct Misfit: Error {
        var index: Int
        var message: String
        var isMissing = false
    }

    /// Returns the elements, of 8 bytes each. `fill` takes the place of `NaT`.
    func converted(_ bytes: [UInt8], isBigEndian: Bool, fill: Int64?) throws(Misfit) -> [UInt8] {
        var values: [UInt8] = []
        values.reserveCapacity(bytes.count / 8 * type.dtype.size)
        for index in 0..<bytes.count / 8 {
            var number = TimeCast.element(bytes, at: index * 8, 8)
            if isBigEndian { number = number.byteSwapped }
            guard number != .min else {
                guard let fill else {
                    throw Misfit(index: index, message: "the value is NaT, which is missing", isMissing: true)
                }
                TimeCast.append(fill, as: type, to: &values)
                continue
            }
            let (value, overflow) = number.multipliedReportingOverflow(by: step)
            guard !overflow, type.dtype == .int64 || Int32(exactly: value) != nil else {
                throw Misfit(
                    index: index,
                    message: "\(number) is beyond the range of \(type): save array.astype('datetime64[s]')")
            }
            TimeCast.append(value, as: type, to: &values)
        }
        return values
    }
}
