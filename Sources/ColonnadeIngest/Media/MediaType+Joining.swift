// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension MediaType {
    /// The number of first bytes that tell the media type of a file.
    static let firstByteCount = 64

    static func isPicture(_ type: String) -> Bool { type.startsWithBytes(of: "image/") }

    /// Returns the media type of a column that has files of both types, such as `image/*`; nil if one is a picture and the other
    /// sound.
    static func joined(_ first: String, _ second: String) -> String? {
        if first.hasBytes(of: second) { return first }
        guard let (kind, _) = first.cut(at: "/"), second.startsWithBytes(of: "\(kind)/") else { return nil }
        return "\(kind)/*"
    }
}
