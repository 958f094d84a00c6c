// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    /// Whether the bytes are valid UTF-8.
    var isText: Bool { String(validating: self, as: UTF8.self) != nil }
}
