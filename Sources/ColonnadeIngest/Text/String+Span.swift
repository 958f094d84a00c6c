// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension String {
    /// These bytes as UTF-8; what is not UTF-8 becomes U+FFFD.
    init(decoding bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// These bytes as a message shows them: at most 40 characters, in quotes.
    init(quoting bytes: Span<UInt8>) {
        let shown = String(decoding: bytes.extracting(first: 160))
        let isCut = shown.count > 40 || bytes.count > 160
        self = "\"\(String(shown.prefix(40)).visible)\(isCut ? "…" : "")\""
    }
}
