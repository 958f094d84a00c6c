// SPDX-License-Identifier: Apache-2.0

import CArrow
import ColonnadeCore

/// A copy of an `ArrowSchema` as a value, which stays valid when the schema is released.
struct ArrowField: Sendable {
    var name: String
    var type: ArrowType
    /// `ARROW:extension:name`, and the metadata that belongs to it.
    var extensionName: String?
    var extensionMetadata: [UInt8] = []
    /// The media type of encoded files, which exports of Colonnade have.
    var mediaType: String?
    /// The JSON text that Hugging Face keeps in the metadata of a whole table.
    var features: [UInt8]?
    var children: [ArrowField] = []
    /// The type of the dictionary's values, if this field is one of indices.
    var dictionary: [ArrowField] = []

    /// Types in one another.
    static let depthLimit = 64

    /// Reads a schema that is not released. Throws `invalidSource` for a structure that cannot be.
    init(_ schema: UnsafePointer<ArrowSchema>, depth: Int = 0) throws(ColonnadeError) {
        guard depth < Self.depthLimit else { throw Self.fault("types lie in one another more than 64 deep") }
        let raw = unsafe schema.pointee
        guard unsafe raw.release != nil else { throw Self.fault("a type in it is released already") }
        guard let format = unsafe raw.format else { throw Self.fault("a type in it has no format") }
        name = unsafe raw.name.map { unsafe String(cString: $0) } ?? ""
        type = try ArrowType(unsafe String(cString: format))
        let metadata = try unsafe ArrowMetadata.entries(raw.metadata)
        extensionName = metadata["ARROW:extension:name"].map { String(decoding: $0, as: UTF8.self) }
        extensionMetadata = metadata["ARROW:extension:metadata"] ?? []
        mediaType = metadata[ArrowMetadata.mediaType].map { String(decoding: $0, as: UTF8.self) }
        features = metadata["huggingface"]

        let count = unsafe raw.n_children
        guard count >= 0, count <= 1 << 20, type.childCount.map({ $0 == count }) ?? true else {
            throw Self.fault("\"\(name)\" is \(type.name) and has \(count) children")
        }
        if case .refused = type { return }
        for index in 0..<Int(count) {
            guard let child = unsafe raw.children?[index] else { throw Self.fault("\"\(name)\" lacks a child") }
            children.append(try unsafe ArrowField(child, depth: depth + 1))
        }
        if let values = unsafe raw.dictionary {
            dictionary = [try unsafe ArrowField(values, depth: depth + 1)]
        }
    }

    private static func fault(_ message: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, "the Arrow schema cannot be: \(message); this is a defect of what made it")
    }
}
