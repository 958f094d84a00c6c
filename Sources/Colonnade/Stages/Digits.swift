// SPDX-License-Identifier: Apache-2.0

/// Numbers as digits of six bits, in the letters of base64 for URLs.
struct DigitWriter {
    fileprivate static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private var bytes: [UInt8] = []
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Five bits a digit, the lowest first; the sixth says that there are more.
    mutating func write(_ number: Int) {
        var rest = UInt64(bitPattern: Int64(number))
        repeat {
            bytes.append(DigitWriter.letters[Int(rest & 31 | (rest > 31 ? 32 : 0))])
            rest >>= 5
        } while rest > 0
    }

    /// The least number, the bits of the largest difference from it, and all differences in as many bits each.
    mutating func write(column numbers: [Int]) {
        guard numbers.count > 1, let least = numbers.min(), let most = numbers.max() else {
            for number in numbers { write(number) }
            return
        }
        let width = UInt64.bitWidth - UInt64(bitPattern: Int64(most &- least)).leadingZeroBitCount
        write(least)
        write(width)
        var (waiting, count): (UInt64, Int) = (0, 0)
        for number in numbers {
            var rest = UInt64(bitPattern: Int64(number &- least))
            var left = width
            while left > 0 {
                let taken = min(left, 6 - count)
                waiting |= (rest & (1 << UInt64(taken) - 1)) << UInt64(count)
                rest >>= UInt64(taken)
                left -= taken
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

/// The same back; nil for what was not written that way.
struct DigitReader {
    private static let values = DigitWriter.letters.enumerated().reduce(into: [UInt8](repeating: 255, count: 256)) {
        $0[Int($1.element)] = UInt8($1.offset)
    }

    private let bytes: [UInt8]
    private var index = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { index == bytes.count }

    private mutating func digit() -> UInt64? {
        guard index < bytes.count else { return nil }
        let value = DigitReader.values[Int(bytes[index])]
        guard value < 64 else { return nil }
        index += 1
        return UInt64(value)
    }

    /// A number that is not negative.
    mutating func next() -> Int? {
        var (number, shift): (UInt64, UInt64) = (0, 0)
        while let digit = digit() {
            guard shift < 60 || (shift == 60 && digit < 8) else { return nil }
            number |= (digit & 31) << shift
            if digit < 32 { return Int(number) }
            shift += 5
        }
        return nil
    }

    mutating func next(column count: Int) -> [Int]? {
        guard count != 1 else { return next().map { [$0] } }
        guard count > 0 else { return [] }
        guard let least = next(), let width = next(), width < 64 else { return nil }
        // So many digits have to be there.
        guard width == 0 || (count * width + 5) / 6 <= bytes.count - index else { return nil }
        var numbers: [Int] = []
        numbers.reserveCapacity(count)
        var (waiting, left): (UInt64, Int) = (0, 0)
        for _ in 0..<count {
            var (number, have): (UInt64, Int) = (0, 0)
            while have < width {
                if left == 0 {
                    guard let digit = digit() else { return nil }
                    (waiting, left) = (digit, 6)
                }
                let taken = min(width - have, left)
                number |= (waiting & (1 << UInt64(taken) - 1)) << UInt64(have)
                waiting >>= UInt64(taken)
                left -= taken
                have += taken
            }
            let (sum, overflow) = least.addingReportingOverflow(Int(number))
            guard !overflow else { return nil }
            numbers.append(sum)
        }
        return numbers
    }
}
