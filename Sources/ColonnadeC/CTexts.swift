// SPDX-License-Identifier: Apache-2.0

internal import CColonnade

/// Copies of texts for C, valid as long as this object exists.
@safe
final class CTexts: @unchecked Sendable {
    let pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>
    let texts: [String]
    var count: Int { texts.count }

    init(_ texts: [String]) {
        self.texts = texts
        unsafe pointers = .allocate(capacity: max(texts.count, 1))
        for (index, text) in texts.enumerated() {
            unsafe (pointers + index).initialize(to: UnsafePointer(CTexts.copy(text)))
        }
    }

    deinit {
        for index in 0..<count { unsafe pointers[index]?.deallocate() }
        unsafe pointers.deallocate()
    }

    /// Returns the texts that C passes. A missing one is empty.
    @unsafe static func array(_ texts: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int) -> [String] {
        guard let texts = unsafe texts else { return [] }
        return (0..<count).map { unsafe texts[$0].map { unsafe String(cString: $0) } ?? "" }
    }

    /// Returns a copy of a text, which the caller deallocates.
    static func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
        var text = text
        return text.withUTF8 { bytes in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
            for index in bytes.indices { unsafe copy[index] = CChar(bitPattern: bytes[index]) }
            unsafe copy[bytes.count] = 0
            return unsafe copy
        }
    }
}
