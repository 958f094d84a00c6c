// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

extension WriterOptions {
    /// Returns a schema with the places of channels that the metadata tells, where the schema does not.
    func describingPixels(of schema: Schema) -> Schema {
        var result = schema
        for (index, field) in schema.enumerated() where field.channelPlace == nil {
            guard let text = metadata[field.storageKey] else { continue }
            var copy = field
            copy.channelPlace = field.channelPlace(ofStorage: text)
            result = result.replacing(index, with: copy)
        }
        return result
    }

    /// Returns the metadata in the form of a footer, with the places of channels in decoded pictures. Throws `invalidArgument` for
    /// metadata that a file cannot store.
    func footerMetadata(describing schema: Schema) throws(ColonnadeError) -> [FileFooter.MetadataEntry] {
        var metadata = metadata
        for field in schema {
            // Metadata that a program copied from another file may name another place.
            if let storage = field.storageOfPixels { metadata[field.storageKey] = storage }
        }
        let entries = metadata.map { FileFooter.MetadataEntry(key: $0.name, value: $0.value) }
        guard
            entries.allSatisfy({
                1...Int(UInt16.max) ~= $0.key.utf8.count && $0.value.utf8.count <= Int(UInt32.max)
            })
        else {
            throw ColonnadeError(
                .invalidArgument, "a metadata key has 1 to 65,535 bytes, and a value fewer than 4,294,967,296")
        }
        for entry in entries where entry.key.utf8.contains(0) || entry.value.utf8.contains(0) {
            throw ColonnadeError(
                .invalidArgument,
                "the metadata entry \"\(entry.key.escapingNUL)\" has a NUL character: leave it out, or encode it as text"
            )
        }
        let metadataBytes = entries.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard entries.count <= FormatLimits.metadataEntries, metadataBytes <= FormatLimits.metadataBytes else {
            throw ColonnadeError(
                .invalidArgument,
                "\(entries.count) metadata entries of \(metadataBytes) bytes are too many: a file has at most "
                    + "\(FormatLimits.metadataEntries), of \(FormatLimits.metadataBytes) bytes; store more in a column")
        }
        return entries
    }
}
