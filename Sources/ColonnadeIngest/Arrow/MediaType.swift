// SPDX-License-Identifier: Apache-2.0

/// Tells the media type of a file from its first bytes.
enum MediaType {
    /// Returns the media type of an encoded file by its first bytes; nil for other bytes.
    static func of(_ bytes: Span<UInt8>) -> String? {
        func has(_ signature: [UInt8], at start: Int = 0) -> Bool {
            guard bytes.count >= start + signature.count else { return false }
            return signature.span.equals(bytes.extracting(start..<start + signature.count))
        }
        func has(_ text: String, at start: Int = 0) -> Bool { has(Array(text.utf8), at: start) }
        if has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if has([0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if has("GIF87a") || has("GIF89a") { return "image/gif" }
        if has("RIFF"), has("WEBP", at: 8) { return "image/webp" }
        if has("RIFF"), has("WAVE", at: 8) { return "audio/wav" }
        if has([0x49, 0x49, 0x2A, 0]) || has([0x4D, 0x4D, 0, 0x2A]) { return "image/tiff" }
        if has("fLaC") { return "audio/flac" }
        if has("OggS") { return "audio/ogg" }
        if has("ID3") || has([0xFF, 0xFB]) || has([0xFF, 0xF3]) || has([0xFF, 0xF2]) { return "audio/mpeg" }
        if has("ftypavif", at: 4) { return "image/avif" }
        if has("ftyp", at: 4) { return "video/mp4" }
        if has("BM"), bytes.count >= 14, bytes[6] | bytes[7] | bytes[8] | bytes[9] == 0 { return "image/bmp" }
        return nil
    }
}
