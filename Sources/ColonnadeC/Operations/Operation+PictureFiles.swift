// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeMedia

extension Operation {
    /// The operations that read and write pictures, which apply to buffers and streams.
    static let pictureFiles: [Operation] = [
        onKey(
            "load_image", .option("folder", .path, or: ""), .option("info", .flag, or: false),
            .option("from_memory", .flag, or: false), .option("alpha", .alpha, or: .dropFromColor),
            .option("orientation", .orientation, or: .keep), .option("channels", .imageChannels, or: .stored),
            .option("draft", .flag, or: false),
            does:
                "replaces a picture file, or its path, by uint8[height, width, channels], or by int64 width and height"
        ) { on, key, folder, isInfo, isInMemory, alpha, orientation, channels, isDraft in
            let options = ImageOptions(
                alpha: alpha, orientation: orientation, channels: channels, isDraft: isDraft)
            switch (isInfo, isInMemory) {
            case (false, false): return try on.loadedImage(key, folder: folder, options: options)
            case (false, true): return try on.decodedImage(key, options: options)
            case (true, false): return try on.loadedImageSize(key, folder: folder, options: options)
            case (true, true): return try on.imageSize(key, options: options)
            }
        },
        Operation(
            "save_image", .need("key", .text), .need("name_key", .text), .need("folder", .path),
            .option("prefix", .path, or: ""), .option("quality", .integer, or: 80),
            does: "writes the picture as a JPEG file of the name in another key, and keeps the sample"
        ) { on, key, nameKey, folder, prefix, quality in
            try on.savingImage(key, named: nameKey, folder: folder, prefix: prefix, quality: quality)
        },
    ]
}
