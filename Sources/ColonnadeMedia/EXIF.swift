// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The metadata of cameras. Mistakes in them are ignored, since the picture is correct without.
enum EXIF {
    private static let orientationTag = 0x0112
    private static let shortType = 3

    /// Returns the orientation, 1 to 8, in the bytes of EXIF from `start` to `end`, which begin with the order of bytes. The result
    /// is 1 if there is none.
    static func orientation(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        (try? found(bytes.extracting(start..<min(max(end, start), bytes.count)))) ?? 1
    }

    private static func found(_ bytes: Span<UInt8>) throws(ColonnadeError) -> Int? {
        let isLittle = bytes.has("II*\0")
        guard isLittle || bytes.has("MM\0*") else { return nil }
        func number16(_ offset: Int) throws(ColonnadeError) -> Int {
            isLittle ? try bytes.little16(offset) : try bytes.big16(offset)
        }
        let directory = isLittle ? try bytes.little32(4) : try bytes.big32(4)
        for entry in 0..<(try number16(directory)) {
            let place = directory + 2 + entry * 12
            guard try number16(place) == orientationTag else { continue }
            guard try number16(place + 2) == shortType else { return nil }
            let orientation = try number16(place + 8)
            return (1...8).contains(orientation) ? orientation : nil
        }
        return nil
    }
}
