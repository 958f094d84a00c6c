// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeMedia
import Foundation
import Testing

@Suite struct ImagePipelineTests {
    private static let names = [
        "made/rgb.tga", "pngsuite/basn2c08.png", "made/text.ppm", "jpeg/video-001.q50.420.jpeg",
    ]

    private func encoded(_ names: [String] = ImagePipelineTests.names) throws -> Buffer {
        let schema = try Schema([Field("image", kind: .bytes), Field("name", kind: .string)])
        return try Buffer(
            names.map { name in
                Sample(schema: schema, tensors: [Tensor(try ImageFixture.bytes(name)), Tensor(utf8: name)])
            })
    }

    private func pixels(_ name: String) throws -> Tensor { try ImageDecoder().decode(ImageFixture.bytes(name)) }

    @Test func `pictures in memory and in files become pixels`() throws {
        let decoded = try encoded().decodedImage("image").loadedImage("name", folder: ImageFixture.folder, as: "file")
        #expect(decoded.schema.names == ["image", "name", "file"])
        #expect(decoded.schema[0].description == "image uint8[?, ?, ?]")
        for (row, name) in ImagePipelineTests.names.enumerated() {
            let sample = try decoded[row]
            #expect(sample["image"] == (try pixels(name)))
            #expect(sample["file"] == sample["image"])
        }
        let explained = decoded.explain()
        #expect(explained.contains("decode image(image)") && explained.contains("load image(name)"))
    }

    @Test func `batches pad pictures, for any number of threads`() throws {
        let batches = try encoded().decodedImage("image").selecting(["image"]).batched(by: 4)
        let batch = try batches[0]["image"]
        #expect(batch.shape == [4, 103, 150, 3])
        let first = try pixels(ImagePipelineTests.names[0])
        let row = try batch[0].elements(as: UInt8.self).prefix(150 * 3)
        #expect(Array(row.prefix(13 * 3)) == Array(try first.elements(as: UInt8.self).prefix(13 * 3)))
        #expect(row.dropFirst(13 * 3).allSatisfy { $0 == 0 })
        let many = try encoded().stream().repeated(30).decodedImage("image").selecting(["image"]).batched(by: 3)
        let expected = try images(many)
        #expect(expected.count == 40)
        #expect(try images(many.prefetched(depth: 8, threads: 4)) == expected)
    }

    @Test func `drafts are decoded smaller, in the same places`() throws {
        let name = "jpeg/video-001.jpeg"
        func cropped(_ isDraft: Bool) throws -> Buffer {
            try encoded([String](repeating: name, count: 6)).decodedImage(
                "image", options: ImageOptions(isDraft: isDraft)
            )
            .randomlyResizedCropped("image", width: 30, height: 20, area: (0.4, 1), seed: 2)
        }
        #expect(try cropped(true).explain().contains("decode image as draft, random resized crop(image)"))
        let (drafts, complete) = (try images(cropped(true).stream()), try images(cropped(false).stream()))
        #expect(drafts != complete && drafts.allSatisfy { $0.shape == [20, 30, 3] })
        for (draft, other) in zip(drafts, complete) {
            let pairs = zip(try draft.elements(as: UInt8.self), try other.elements(as: UInt8.self))
            let sum = pairs.reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
            #expect(sum < 6 * 20 * 30 * 3)
        }
        let enlarged = try encoded([name]).decodedImage("image", options: ImageOptions(isDraft: true))
            .resized("image", width: 300, height: 200)
        #expect(
            try enlarged[0]["image"]
                == pixels(name).resizedPicture(width: 300, height: 200, from: TensorPool(keeping: 0)))
    }

    @Test func `a file of decoded pictures knows where their channels are`() throws {
        let folder = try Folder()
        let decoded = try encoded(["pngsuite/basn2c08.png", "pngsuite/basn0g08.png"]).decodedImage("image")
            .selecting(["image"])
        for (layout, storage) in [(nil, "raw"), (PictureLayout.channelsFirst, "raw,chw")] {
            let buffer =
                try layout.map { (layout) throws(ColonnadeError) in try decoded.laidOut("image", layout) } ?? decoded
            let path = "\(folder.path)/\(storage)"
            // Metadata of another file may name another place, or the storage of encoded pictures.
            for given in ["encoded,baseline", "raw", "raw,chw", nil] {
                var options = WriterOptions()
                options.replacing = true
                options.metadata["image.storage"] = given
                var writer = try DatasetWriter(creating: path, schema: buffer.schema, options: options)
                for row in 0..<2 { try writer.append(try buffer[row]) }
                try writer.finish()
                let metadata = try StoredDataset(path: path).metadata.map { "\($0.key) \($0.value)" }
                #expect(metadata == ["image.storage \(storage)"])
            }
            let error = #expect(throws: ColonnadeError.self) { try Buffer(at: path).batched(by: 2)[0] }
            #expect(error?.message.contains("channels are never padded") == true, "\(String(describing: error))")
        }
    }

    private func images(_ stream: Colonnade.Stream) throws -> [Tensor] {
        var pass = stream.makeIterator()
        var images: [Tensor] = []
        while let sample = try pass.next() { images.append(sample["image"]) }
        return images
    }

    @Test func `sizes need only the headers`() throws {
        let cut = try ImageFixture.bytes("jpeg/video-001.jpeg").prefix(1000)
        let schema = try Schema([Field("image", kind: .bytes)])
        let sizes = try Buffer([Sample(schema: schema, tensors: [Tensor(Array(cut))])]).imageSize("image", as: "size")
        #expect(try sizes[0]["size"].elements(as: Int64.self) == [150, 103])
        let turned = try encoded(["made/orientation-6.png"])
        #expect(try turned.imageSize("image")[0]["image"].elements(as: Int64.self) == [9, 13])
        let kept = try turned.loadedImageSize(
            "name", folder: ImageFixture.folder, options: ImageOptions(orientation: .keep))
        #expect(try kept[0]["name"].elements(as: Int64.self) == [13, 9])
    }

    @Test func `errors name the row, the key and the file`() throws {
        let buffer = try encoded(["made/rgb.tga", "README.md"])
        let error = #expect(throws: ColonnadeError.self) { try buffer.decodedImage("image")[1] }
        #expect(error?.place == .sample(row: 1, key: "image"))
        let named = #expect(throws: ColonnadeError.self) {
            try buffer.loadedImage("name", folder: ImageFixture.folder)[1]
        }
        #expect(named?.place == .sample(row: 1, key: "name"))
        #expect(named?.message.hasPrefix("\(ImageFixture.folder)/README.md: it is no picture") == true)
        let missing = #expect(throws: ColonnadeError.self) { try encoded(["made/rgb.tga"]).loadedImage("name")[0] }
        #expect(missing?.code == .fileNotFound)
        #expect(throws: ColonnadeError.self) { try buffer.decodedImage("picture") }
        #expect(throws: ColonnadeError.self) { try buffer.batched(by: 2).decodedImage("image") }
        #expect(throws: ColonnadeError.self) { try buffer.decodedImage("image").decodedImage("image") }
    }

    /// A folder that is removed when this object is released.
    private final class Folder {
        let path = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)").path

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }
    }

    private func unsaved(_ shape: [Int], named names: [String]) throws -> Buffer {
        let schema = try Schema([Field("image", .uint8, shape), Field("name", kind: .string)])
        let pixels = [UInt8](repeating: 77, count: shape.reduce(1, *))
        return try Buffer(
            names.map { Sample(schema: schema, tensors: [Tensor(pixels, shape: shape), Tensor(utf8: $0)]) })
    }

    @Test func `pictures are saved as JPEG, also if nothing uses them`() throws {
        let folder = try Folder()
        let buffer = try unsaved([9, 13, 3], named: ["a.png", "b.tar.gz", ".c", "d"])
        let saved = try buffer.savingImage("image", named: "name", folder: folder.path, prefix: "p-")
        #expect(saved.schema == buffer.schema)
        for row in 0..<4 { _ = try saved.selecting(["name"])[row] }
        #expect(folder.names == ["p-.jpg", "p-a.jpg", "p-b.tar.jpg", "p-d.jpg"])
        let loaded = try saved.loadedImage("name", folder: folder.path)
        #expect(throws: ColonnadeError.self) { try loaded[0] }
        let bytes = Array(try Data(contentsOf: URL(filePath: "\(folder.path)/p-a.jpg")))
        let pixels = try ImageDecoder().decode(bytes)
        #expect(pixels.shape == [9, 13, 3])
        #expect(try pixels.elements(as: UInt8.self).allSatisfy { (75...79).contains($0) })
        _ = try unsaved([2, 4, 4, 1], named: ["film.mp4"]).savingImage("image", named: "name", folder: folder.path)[0]
        #expect(folder.names.prefix(2) == ["film.000000.jpg", "film.000001.jpg"])
    }

    @Test func `names outside of the folder, and values that are no pictures, are refused`() throws {
        let folder = try Folder()
        for name in ["../x.png", "missing/x.png", ".", "", "a/.."] {
            let buffer = try unsaved([2, 2, 3], named: [name])
            #expect(throws: ColonnadeError.self, "\(name)") {
                try buffer.savingImage("image", named: "name", folder: folder.path)[0]
            }
        }
        #expect(folder.names.isEmpty)
        let missing = try unsaved([2, 2, 3], named: ["no/x.png"])
        for (root, prefix) in [(folder.path, ""), ("", "\(folder.path)/")] {
            let error = #expect(throws: ColonnadeError.self) {
                try missing.savingImage("image", named: "name", folder: root, prefix: prefix)[0]
            }
            let expected = "\(folder.path)/no/x.jpg: its folder \(folder.path)/no does not exist: make it first"
            #expect(error?.message.contains(expected) == true, "\(String(describing: error))")
        }
        for shape in [[2, 2, 4], [2, 2], [2, 2, 2]] {
            let buffer = try unsaved(shape, named: ["x"])
            #expect(throws: ColonnadeError.self) {
                try buffer.savingImage("image", named: "name", folder: folder.path)
            }
        }
        let empty = try unsaved([0, 2, 3], named: ["x"])
        #expect(throws: ColonnadeError.self) {
            try empty.savingImage("image", named: "name", folder: folder.path)[0]
        }
        let good = try unsaved([2, 2, 3], named: ["x"])
        #expect(throws: ColonnadeError.self) {
            try good.savingImage("image", named: "name", folder: folder.path, quality: 0)
        }
    }
}
