// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The compression of GIF: codes of 3 to 12 bits, of which each stands for earlier bytes and one more.
struct LZW {
    private static let mostCodes = 4096

    private let codeSize: Int
    /// The number of bytes that the data make, and of those that are made.
    private let count: Int
    private var made = 0
    /// By code, the place in the result where its bytes occurred first, and their number.
    private var known: [(start: Int, length: Int)] = []

    private init(_ codeSize: Int, _ count: Int) {
        self.codeSize = codeSize
        self.count = count
        known.reserveCapacity(LZW.mostCodes)
    }

    /// Writes `count` bytes. `place` is that of the first part of the data, which begins with its length.
    ///
    /// Throws `invalidSource` for data that end early, or have a code that is not known yet.
    static func decode(
        _ bytes: Span<UInt8>, codeSize: Int, at place: Int, count: Int, to result: inout MutableSpan<UInt8>
    ) throws(ColonnadeError) {
        guard (1...8).contains(codeSize) else { throw .damagedImage("GIF: its codes have \(codeSize) bits") }
        var decoder = LZW(codeSize, count)
        try decoder.run(bytes, place, to: &result)
    }

    private mutating func run(
        _ bytes: Span<UInt8>, _ first: Int, to result: inout MutableSpan<UInt8>
    ) throws(ColonnadeError) {
        let (clear, end) = (1 << codeSize, 1 << codeSize + 1)
        var (place, left) = (first, 0)
        var (bits, bitCount) = (0, 0)
        var width = codeSize + 1
        var previous: (start: Int, length: Int)?
        while made < count {
            while bitCount < width {
                if left == 0 {
                    left = try bytes.byte(place)
                    place += 1
                    guard left > 0 else {
                        throw .damagedImage("GIF: its data end after \(made) of \(count) pixels")
                    }
                }
                bits |= try bytes.byte(place) << bitCount
                (place, left, bitCount) = (place + 1, left - 1, bitCount + 8)
            }
            let code = bits & (1 << width - 1)
            (bits, bitCount) = (bits >> width, bitCount - width)
            if code == end { throw .damagedImage("GIF: its data end after \(made) of \(count) pixels") }
            if code == clear {
                known.removeAll(keepingCapacity: true)
                (width, previous) = (codeSize + 1, nil)
                continue
            }
            let start = made
            try append(code, clear, previous, to: &result)
            // The new code stands for the bytes of the previous one and the first byte of this one, which lie one after the other.
            if let previous, known.count + clear + 2 < LZW.mostCodes {
                known.append((previous.start, previous.length + 1))
                if known.count + clear + 2 == 1 << width, width < 12 { width += 1 }
            }
            previous = (start, made - start)
        }
    }

    /// Appends the bytes of a code. The newest code may be used before it is complete.
    private mutating func append(
        _ code: Int, _ clear: Int, _ previous: (start: Int, length: Int)?, to result: inout MutableSpan<UInt8>
    ) throws(ColonnadeError) {
        if code < clear {
            result[made] = UInt8(truncatingIfNeeded: code)
            made += 1
            return
        }
        let entry: (start: Int, length: Int)
        let index = code - clear - 2
        if index < known.count {
            entry = known[index]
        } else if let previous, index == known.count {
            entry = (previous.start, previous.length + 1)
        } else {
            throw .damagedImage("GIF: code \(code) is not known yet")
        }
        // The bytes may overlap those that are appended, so they are copied one by one. The last code may stand for more bytes than
        // the data should make.
        for place in entry.start..<entry.start + min(entry.length, count - made) {
            result[made] = result[place]
            made += 1
        }
    }
}
