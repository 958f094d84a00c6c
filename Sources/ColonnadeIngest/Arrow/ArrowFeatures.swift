// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The features that Hugging Face's data sets note about their columns in the metadata of the schema.
struct ArrowFeatures: Sendable {
    private let root: JSONValue?

    /// Reads the features from metadata. Features are hints: parts that cannot be read are ignored.
    init(_ metadata: [UInt8]?) {
        root = metadata.flatMap { bytes in try? JSONValue(parsing: bytes) }?["info"]?["features"]
    }

    /// Returns the names of a column's class labels, also of those in lists.
    func classNames(_ path: [String]) -> [String]? {
        guard let feature = feature(path), feature["_type"]?.text == "ClassLabel" else { return nil }
        let names = feature["names"]?.elements?.compactMap(\.text) ?? []
        return names.isEmpty ? nil : names
    }

    /// Returns `image` or `audio` for a column of such files; nil for others.
    func mediaFamily(_ path: [String]) -> String? {
        switch feature(path)?["_type"]?.text {
        case "Image": "image"
        case "Audio": "audio"
        case "Video": "video"
        default: nil
        }
    }

    /// Returns the description of a column, within the lists that it is in.
    private func feature(_ path: [String]) -> JSONValue? {
        var feature = root
        for key in path {
            feature = feature.map { $0[key] ?? Self.element($0)[key] ?? .null }
        }
        return feature.map(Self.element)
    }

    /// Returns the feature of a list's elements: `{"feature": …, "_type": "Sequence"}`, or an array of one.
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
