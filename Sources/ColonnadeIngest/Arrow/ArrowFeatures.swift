// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// What Hugging Face's data sets say about their columns, in the metadata of the schema.
struct ArrowFeatures: Sendable {
    private let root: JSONValue?

    /// They are hints: what cannot be read is passed over.
    init(_ metadata: [UInt8]?) {
        root = metadata.flatMap { bytes in try? JSONValue(parsing: bytes) }?["info"]?["features"]
    }

    /// The names of a column's class labels, also of those in lists.
    func classNames(_ path: [String]) -> [String]? {
        guard let feature = feature(path), feature["_type"]?.text == "ClassLabel" else { return nil }
        let names = feature["names"]?.elements?.compactMap(\.text) ?? []
        return names.isEmpty ? nil : names
    }

    /// `image` or `audio`, of a column that holds such files.
    func mediaFamily(_ path: [String]) -> String? {
        switch feature(path)?["_type"]?.text {
        case "Image": "image"
        case "Audio": "audio"
        case "Video": "video"
        default: nil
        }
    }

    /// The description of a column, within the lists that it is in.
    private func feature(_ path: [String]) -> JSONValue? {
        var feature = root
        for key in path {
            feature = feature.map { $0[key] ?? Self.element($0)[key] ?? .null }
        }
        return feature.map(Self.element)
    }

    /// What lists are of: `{"feature": …, "_type": "Sequence"}`, or an array of one.
    private static func element(_ list: JSONValue) -> JSONValue {
        var inner = list
        while true {
            if let elements = inner.elements, elements.count == 1 {
                inner = elements[0]
            } else if let feature = inner["feature"], inner["_type"]?.text != nil {
                inner = feature
            } else {
                return inner
            }
        }
    }
}

/// The media types that the first bytes of a file tell.
enum MediaType {
    /// Nil for what is none of these.
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
