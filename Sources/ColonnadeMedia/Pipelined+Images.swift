// SPDX-License-Identifier: Apache-2.0

public import Colonnade
public import ColonnadeCore

extension Pipelined {
    /// Replaces an encoded picture by its pixels: uint8 of the shape `[height, width, channels]`, which may differ from sample to
    /// sample.
    ///
    ///     try Buffer(opening: "pets.colonnade").decodedImage("image")
    ///
    /// The formats and the channels are those of `ImageDecoder`. Operations on pictures that follow decide by the size in the header,
    /// and only the pixels that they need are decoded. Of JPEG, PNG and WebP, data below these pixels are not read, except to see
    /// that the file does not end early: damage there is no error then.
    ///
    /// - Parameters:
    ///   - key: the bytes of a picture file, before `batched`.
    ///   - outputKey: the key of the pixels, if the encoded picture must stay.
    ///   - options: the treatment of transparency and orientation, the channels, and whether pictures may be decoded smaller. Gray and colored pictures in one batch are an error
    ///     unless the channels are `rgb`. Then all operations on pictures and normalizations that follow are one step with decoding.
    /// - Throws: `unknownKey`; `invalidArgument` if the value is not bytes. While running, `invalidSource` or `unsupported` for a
    ///   picture that `ImageDecoder` refuses, with the row.
    public func decodedImage(
        _ key: String, as outputKey: String? = nil, options: ImageOptions = ImageOptions()
    ) throws(ColonnadeError) -> Self {
        try decoding(try EncodedFiles(bytesOf: key, in: schema), "decode image", as: outputKey, options)
    }

    /// Replaces the path of a picture file by the pixels of the picture, as `decodedImage` does for its bytes.
    ///
    /// - Parameters:
    ///   - key: bytes or a string, before `batched`: the path of a file.
    ///   - folder: where paths that do not begin with `/` start. Files outside of it are refused, unless it is empty.
    ///   - outputKey: the key of the pixels, if the path must stay.
    ///   - options: the treatment of transparency and orientation.
    /// - Throws: as `decodedImage`, and while running `fileNotFound` or `system`.
    public func loadedImage(
        _ key: String, folder: String = "", as outputKey: String? = nil, options: ImageOptions = ImageOptions()
    ) throws(ColonnadeError) -> Self {
        let images = try EncodedFiles(filesOf: key, in: schema, folder: folder, limit: ImageDecoder.largestFile)
        return try decoding(images, "load image", as: outputKey, options)
    }

    /// Replaces an encoded picture by the width and height of its pixels, two int64. Only its header is decoded.
    ///
    /// - Parameters:
    ///   - key: the bytes of a picture file, before `batched`.
    ///   - outputKey: the key of the size, if the encoded picture must stay.
    ///   - options: the treatment of the orientation, which may exchange width and height.
    /// - Throws: as `decodedImage`.
    public func imageSize(
        _ key: String, as outputKey: String? = nil, options: ImageOptions = ImageOptions()
    ) throws(ColonnadeError) -> Self {
        try measuring(try EncodedFiles(bytesOf: key, in: schema), as: outputKey, options)
    }

    /// Replaces the path of a picture file by the width and height of the picture, as `imageSize` does for its bytes.
    ///
    /// - Parameters:
    ///   - key: bytes or a string, before `batched`: the path of a file.
    ///   - folder: where paths that do not begin with `/` start. Files outside of it are refused, unless it is empty.
    ///   - outputKey: the key of the size, if the path must stay.
    ///   - options: the treatment of the orientation, which may exchange width and height.
    /// - Throws: as `loadedImage`.
    public func loadedImageSize(
        _ key: String, folder: String = "", as outputKey: String? = nil, options: ImageOptions = ImageOptions()
    ) throws(ColonnadeError) -> Self {
        try measuring(
            try EncodedFiles(filesOf: key, in: schema, folder: folder, limit: ImageDecoder.largestFile), as: outputKey,
            options)
    }

    private func decoding(
        _ images: EncodedFiles, _ label: String, as outputKey: String?, _ options: ImageOptions
    ) throws(ColonnadeError) -> Self {
        try decodingPictures(
            images.key, as: outputKey ?? images.key, channels: options.channels == .rgb ? 3 : nil,
            by: ImageFiles(
                files: images, decoder: ImageDecoder(options), name: options.isDraft ? "\(label) as draft" : label))
    }

    private func measuring(
        _ images: EncodedFiles, as outputKey: String?, _ options: ImageOptions
    ) throws(ColonnadeError) -> Self {
        let decoder = ImageDecoder(options)
        return try computing(
            [images.key], to: Field(outputKey ?? images.key, .int64, [2]), label: "image size(\(images.key))"
        ) { (values, pool) throws(ColonnadeError) in
            let file = try images.contents(values[0], from: pool, mappedSize: EncodedFiles.smallFile)
            let size = try images.naming(values[0]) { () throws(ColonnadeError) in
                let size = try file.withSpan(as: UInt8.self) { (bytes) throws(ColonnadeError) in try decoder.size(bytes)
                }
                try file.storage.checkIntact()
                return size
            }
            return Tensor([Int64(size.width), Int64(size.height)])
        }
    }
}
