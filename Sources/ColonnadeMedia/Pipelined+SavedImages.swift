// SPDX-License-Identifier: Apache-2.0

public import Colonnade
public import ColonnadeCore

extension Pipelined {
    /// Saves each picture as a JPEG file when its sample is computed, and returns the sample unchanged.
    ///
    /// The file appears under its name when it is complete, and replaces a file of that name. A stream that is prefetched may save
    /// pictures of samples that nobody takes, and a sample that is computed twice is saved twice.
    ///
    /// - Parameters:
    ///   - key: uint8 of the shape `[height, width, 1 or 3]`, before `batched`. The frames of a film, `[frames, height, width, 1 or 3]`,
    ///     get a number each: `name.000000.jpg`.
    ///   - nameKey: bytes or a string: the name of the file in the folder. The suffix is replaced by `.jpg`.
    ///   - folder: the folder, which must exist; empty for the current folder. Files outside of it are refused, unless it is empty.
    ///   - prefix: a text before each name.
    ///   - quality: the quality of the JPEG files, 1 to 100.
    /// - Throws: `unknownKey`; `invalidArgument` if the value cannot be a picture. While running, `invalidSource` for a name outside
    ///   of the folder, `fileNotFound` or `system`, with the row.
    public func savingImage(
        _ key: String, named nameKey: String, folder: String, prefix: String = "", quality: Int = 80
    ) throws(ColonnadeError) -> Self {
        let field = try schema.field(named: key)
        let channels = field.shape.last.flatMap { $0 }
        guard field.dtype == .uint8, (3...4).contains(field.shape.count),
            channels == nil || channels == 1 || channels == 3
        else {
            throw ColonnadeError(.invalidArgument) {
                "\"\(key)\" is \(field.typeDescription): pictures to save are uint8 of the shape [height, width, 1 or 3], as "
                    + "\($0.colorChannels) decodes them: cast it, or reduce its channels"
            }
        }
        guard (1...100).contains(quality) else {
            throw ColonnadeError(.invalidArgument, "quality \(quality) is out of range (1...100)")
        }
        let writer = SavedImages(
            names: try NamedFiles(nameKey, in: schema), folder: folder, prefix: prefix, quality: quality)
        return try computing(
            [key, nameKey], to: field, label: "save image(\(key))", hasEffects: true
        ) { (values, _) throws(ColonnadeError) in
            try writer.save(values[0], as: values[1])
            return values[0]
        }
    }
}
