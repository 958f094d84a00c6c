// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore

/// The pictures that the values of a key are, or name, for the operations on pictures.
struct ImageFiles: PictureDecoder {
    let files: EncodedFiles
    let decoder: ImageDecoder
    let name: String

    var identity: String {
        "\(files.folder ?? "in memory") \(decoder.options.alpha) \(decoder.options.channels) \(decoder.options.orientation) "
            + (decoder.options.isDraft ? "draft" : "")
    }

    var readsEntryPoints: Bool { files.folder == nil }

    func open(
        _ value: Tensor, entryPoints: Tensor?, from pool: TensorPool
    ) throws(ColonnadeError) -> EncodedPicture {
        let file = try files.contents(value, from: pool)
        return try files.naming(value) { () throws(ColonnadeError) in
            try file.withSpan(as: UInt8.self) { (bytes) throws(ColonnadeError) in
                let header = try ImageHeader(of: bytes)
                let size = decoder.size(header)
                return EncodedPicture(
                    value: value, file: file, entryPoints: entryPoints, height: size.height, width: size.width,
                    channels: decoder.channels(header), isReducible: decoder.options.isDraft && header.format == .jpeg,
                    mirroring: decoder.orientation(header).mirroring)
            }
        }
    }

    func decode(
        _ picture: EncodedPicture, _ region: PictureRegion, reducedBy reduction: Int, in scratch: inout PictureScratch
    ) throws(ColonnadeError) -> PicturePart {
        var memory = scratch
        defer { scratch = memory }
        return try files.naming(picture.value) { () throws(ColonnadeError) in
            try picture.file.withSpan(as: UInt8.self) { (bytes) throws(ColonnadeError) in
                try decoder.decode(bytes, region, reducedBy: reduction, from: picture.entryPoints, in: &memory)
            }
        }
    }
}
