// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension Span<UInt8> {
    /// Whether these are the same bytes.
    @inline(__always)
    func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }

    func contains(_ byte: UInt8) -> Bool {
        for index in indices where self[index] == byte { return true }
        return false
    }

    /// Returns the bytes without leading and trailing spaces and tabs.
    var trimmedRange: Range<Int> {
        @inline(__always) get {
            var start = 0
            var end = count
            while start < end, self[start] == 32 || self[start] == 9 { start += 1 }
            while end > start, self[end - 1] == 32 || self[end - 1] == 9 { end -= 1 }
            return start..<end
        }
    }

    var isASCII: Bool {
        var all: UInt8 = 0
        for index in indices { all |= self[index] }
        return all < 0x80
    }

    /// Returns the offset of the first byte that is not part of well-formed UTF-8; nil if all bytes are.
    var firstInvalidUTF8: Int? {
        if isASCII { return nil }
        var at = 0
        while at < count {
            let lead = self[at]
            let length: Int
            var lowest: UInt8 = 0x80
            var highest: UInt8 = 0xBF
            switch lead {
            case 0x00...0x7F: length = 1
            case 0xC2...0xDF: length = 2
            case 0xE0...0xEF:
                length = 3
                // No overlong forms, no surrogates.
                if lead == 0xE0 { lowest = 0xA0 }
                if lead == 0xED { highest = 0x9F }
            case 0xF0...0xF4:
                length = 4
                if lead == 0xF0 { lowest = 0x90 }
                if lead == 0xF4 { highest = 0x8F }
            default: return at
            }
            guard at + length <= count else { return at }
            if length > 1 {
                guard self[at + 1] >= lowest, self[at + 1] <= highest else { return at }
                for next in at + 2..<max(at + length, at + 2) where self[next] & 0xC0 != 0x80 { return at }
            }
            at += length
        }
        return nil
    }
}
