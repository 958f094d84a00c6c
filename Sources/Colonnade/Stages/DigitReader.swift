// SPDX-License-Identifier: Apache-2.0

/// Reads the numbers in a text of a `DigitWriter`. Methods return nil for text that a `DigitWriter` does not produce.
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

    /// Returns the next number, which is never negative.
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
        guard let minimum = next(), let width = next(), width < 64 else { return nil }
        // A damaged count or width must not allocate more memory than the remaining digits justify.
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
            let (sum, overflow) = minimum.addingReportingOverflow(Int(number))
            guard !overflow else { return nil }
            numbers.append(sum)
        }
        return numbers
    }
}
