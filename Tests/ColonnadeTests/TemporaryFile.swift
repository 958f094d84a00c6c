// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import Foundation

/// A file that is removed when this object is released.
final class TemporaryFile {
    let path = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString).colonnade").path

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Makes a file of rows with an image, a label and a text of varying length, all derived from the row number.
    static func samples(_ count: Int, segmentBytes: Int = 1 << 14) throws -> TemporaryFile {
        let file = TemporaryFile()
        var options = WriterOptions()
        options.segmentBytes = segmentBytes
        let schema = try Schema([
            Field("image", .uint8, [10, 10]), Field("label", .int64), Field("weight", .float32),
            Field("text", kind: .string),
        ])
        var writer = try DatasetWriter(creating: file.path, schema: schema, options: options)
        for row in 0..<count {
            try writer.append(
                Sample(
                    schema: schema,
                    tensors: [
                        Tensor([UInt8](repeating: UInt8(row % 251), count: 100), shape: [10, 10]),
                        Tensor(scalar: Int64(row)), Tensor(scalar: Float(row) / 2), Tensor(utf8: "row \(row)"),
                    ]))
        }
        try writer.finish()
        return file
    }
}
