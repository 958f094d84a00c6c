// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension String {
    /// Makes a text of bytes in UTF-8; bytes that are not UTF-8 become U+FFFD.
    init(decoding bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// Makes the text that a message shows for these bytes: at most 40 characters, in quotes.
    init(quoting bytes: Span<UInt8>) {
        let shown = String(decoding: bytes.extracting(first: 160))
        let isCut = shown.count > 40 || bytes.count > 160
        self = "\"\(String(shown.prefix(40)).visible)\(isCut ? "…" : "")\""
    }
}
