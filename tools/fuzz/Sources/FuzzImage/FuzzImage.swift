// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeMedia
import FuzzSupport

@main struct FuzzImage {
    static func main() {
        fuzz { (bytes) throws(ColonnadeError) in
            let header = try ImageHeader(of: bytes)
            // Decoding a large picture takes too long for a fuzzer.
            guard header.width * header.height <= 1 << 20 else { return }
            let options = ImageOptions(alpha: .keep)
            let file = Tensor(bytes)
            // A part of a damaged picture may be decoded, but a part of a correct one must be.
            guard let upright = try? ImageDecoder(options).decode(bytes) else {
                _ = try? crop(file, header, options)
                return
            }
            precondition(
                upright.count == header.width * header.height * header.channels, "another size than in the header")
            let part = try crop(file, header, options)
            let pixels = try Buffer([
                Sample(schema: Schema([Field("image", .uint8, upright.shape)]), tensors: [upright])
            ])
            let expected = try cropped(pixels, header)[0]["image"]
            precondition(part == expected, "other pixels than those of the picture")
            let stored = try ImageDecoder(ImageOptions(orientation: .keep, channels: .rgb)).decode(bytes)
            precondition(stored.shape == [header.height, header.width, 3], "no picture of three channels")
        }
    }

    /// Decodes a part of a picture.
    private static func crop(
        _ file: Tensor, _ header: ImageHeader, _ options: ImageOptions
    ) throws(ColonnadeError) -> Tensor {
        let encoded = try Buffer([Sample(schema: Schema([Field("image", kind: .bytes)]), tensors: [file])])
        return try cropped(encoded.decodedImage("image", options: options), header)[0]["image"]
    }

    /// Crops a random part that depends on the size alone.
    private static func cropped(_ pictures: Buffer, _ header: ImageHeader) throws(ColonnadeError) -> Buffer {
        let size = min(header.width, header.height)
        return try pictures.randomlyCropped(
            "image", width: (size + 2) / 3, height: (size + 1) / 2, seed: UInt64(header.width + header.height))
    }
}
