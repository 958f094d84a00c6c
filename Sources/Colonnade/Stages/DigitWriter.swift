// SPDX-License-Identifier: Apache-2.0

/// Writes numbers as digits of six bits each, with the letters of URL-safe base64.
struct DigitWriter {
    static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private var bytes: [UInt8] = []
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Writes a number with five bits in each digit, the lowest first. The sixth bit says that more digits follow.
    mutating func write(_ number: Int) {
        var rest = UInt64(bitPattern: Int64(number))
        repeat {
            bytes.append(DigitWriter.letters[Int(rest & 31 | (rest > 31 ? 32 : 0))])
            rest >>= 5
        } while rest > 0
    }

    /// Writes the smallest number, the bit width of the largest difference from it, and all differences in that width.
    mutating func write(column numbers: [Int]) {
        guard numbers.count > 1, let minimum = numbers.min(), let maximum = numbers.max() else {
            for number in numbers { write(number) }
            return
        }
        let width = UInt64.bitWidth - UInt64(bitPattern: Int64(maximum &- minimum)).leadingZeroBitCount
        write(minimum)
        write(width)
        var (waiting, count): (UInt64, Int) = (0, 0)
        for number in numbers {
            var rest = UInt64(bitPattern: Int64(number &- minimum))
            var remaining = width
            while remaining > 0 {
                let taken = min(remaining, 6 - count)
                waiting |= (rest & (1 << UInt64(taken) - 1)) << UInt64(count)
                rest >>= UInt64(taken)
                remaining -= taken
                count += taken
                if count == 6 {
                    bytes.append(DigitWriter.letters[Int(waiting)])
                    (waiting, count) = (0, 0)
                }
            }
        }
        if count > 0 { bytes.append(DigitWriter.letters[Int(waiting)]) }
    }
}
