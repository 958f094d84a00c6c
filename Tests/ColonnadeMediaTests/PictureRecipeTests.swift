// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeMedia
import Testing

/// Operations on encoded pictures, which decode only what they need. Their results must be those of the same operations on pictures
/// that were decoded before.
@Suite struct PictureRecipeTests {
    private static let names = [
        "jpeg/video-001.jpeg", "made/orientation-6.jpg", "jpeg/video-005.gray.jpeg", "pngsuite/basn2c08.png",
        "jpeg/video-001.progressive.jpeg", "made/orientation-3.jpg", "jpeg/video-001.cmyk.jpeg", "made/rgb.gif",
        "made/lossy.webp", "pngsuite/basn0g08.png",
    ]
    private static let options = ImageOptions(channels: .rgb)

    private static func encoded() throws -> Buffer {
        let schema = try Schema([Field("image", kind: .bytes)])
        return try Buffer(names.map { Sample(schema: schema, tensors: [Tensor(try ImageFixture.bytes($0))]) })
    }

    /// Returns the decoded pictures, in memory.
    private static func decoded() throws -> Buffer {
        let buffer = try encoded().decodedImage("image", options: options)
        let schema = try Schema([Field("image", .uint8, [nil, nil, 3])])
        return try Buffer((0..<buffer.count).map { Sample(schema: schema, tensors: [try buffer[$0]["image"]]) })
    }

    /// Adds an operation to pictures, chosen by a random number. Sizes fit to all pictures.
    private func adding(_ choice: Int, _ seed: UInt64, to pipeline: Buffer) throws -> Buffer {
        switch choice {
        case 0: try pipeline.randomlyResizedCropped("image", width: 11, height: 9, seed: seed)
        case 1: try pipeline.randomlyFlipped("image", probability: 0.7, seed: seed)
        case 2: try pipeline.randomlyFlipped("image", probability: 0.7, vertically: true, seed: seed)
        case 3: try pipeline.resized("image", width: 14, height: 17)
        case 4: try pipeline.resized("image", shorterSide: 12, filter: .bicubic)
        case 5: try pipeline.centerCropped("image", width: 8, height: 8)
        case 6: try pipeline.randomlyCropped("image", width: 7, height: 8, seed: seed)
        case 7: try pipeline.randomlyCropped("image", width: 9, height: 9, padding: 3, seed: seed)
        case 8: try pipeline.randomlyCropped("image", area: (0.3, 0.9), aspect: (0.7, 1.4), seed: seed)
        case 9: try pipeline.rotated("image", degrees: 30, keepingSize: true)
        case 10: try pipeline.randomlyErased("image", seed: seed)
        case 11: try pipeline.colorJittered("image", brightness: (0.5, 1.5), contrast: (0.5, 1.5), seed: seed)
        default: try pipeline.resized("image", width: 10, height: 16, filter: .nearest, antialiased: false)
        }
    }

    private static let mean = [120.0, 110, 100]
    private static let deviation = [60.0, 50, 55]

    /// Adds a conversion, a layout, or both in one of the two orders.
    private func finishing(_ pipeline: Buffer, _ choice: Int) throws -> Buffer {
        let (mean, deviation) = (PictureRecipeTests.mean, PictureRecipeTests.deviation)
        switch choice {
        case 0: return pipeline
        case 1: return try pipeline.cast("image", to: .float32).scaled("image", by: 1 / 255)
        case 2: return try pipeline.normalized("image", mean: mean, deviation: deviation)
        case 3: return try pipeline.laidOut("image", .channelsFirst)
        case 4:
            return try pipeline.normalized("image", mean: mean, deviation: deviation).laidOut("image", .channelsFirst)
        case 5:
            return try pipeline.laidOut("image", .channelsFirst).cast("image", to: .float32).normalized(
                "image", mean: mean, deviation: deviation, axis: -3)
        case 6:
            return try pipeline.scaled("image", by: 0.5, after: .float16).laidOut("image", .channelsFirst).scaled(
                "image", by: 3, after: .float32)
        default: return try pipeline.cast("image", to: .float64)
        }
    }

    private func values(_ buffer: Buffer, epoch: Int) throws -> [Tensor] {
        var pass = buffer.stream().epoch(epoch).makeIterator()
        var result: [Tensor] = []
        while let sample = try pass.next() { result.append(sample["image"]) }
        return result
    }

    @Test func `random chains have the results of pictures that were decoded before`() throws {
        let encoded = try PictureRecipeTests.encoded()
        let decoded = try PictureRecipeTests.decoded()
        var random = SplitMix64(seed: 11, epoch: 0, row: 0)
        for chain in 0..<100 {
            var choices = (0..<random.below(5)).map { _ in random.below(13) }
            let isFixed = random.below(3) > 0
            if isFixed { choices.append(random.below(2) * 3) }
            let (finish, batch, castsFirst) = (random.below(8), 1 + random.below(4), random.below(8) == 0)
            let finishesBatch = isFixed && random.below(2) == 0
            func results(_ start: Buffer) throws -> [Tensor] {
                var pipeline = start
                if castsFirst { pipeline = try pipeline.cast("image", to: .float32) }
                for (index, choice) in choices.enumerated() {
                    pipeline = try adding(choice, UInt64(chain + index), to: pipeline)
                }
                if !finishesBatch { pipeline = try finishing(pipeline, finish) }
                pipeline = try pipeline.batched(by: batch)
                if finishesBatch { pipeline = try finishing(pipeline, finish) }
                return try values(pipeline, epoch: chain)
            }
            let expected = Result { try results(decoded) }
            let found = Result { try results(encoded.decodedImage("image", options: PictureRecipeTests.options)) }
            switch (expected, found) {
            case (.success(let expected), .success(let found)): #expect(found == expected, "\(choices), \(finish)")
            case (.failure(let expected), .failure(let found)):
                #expect(found as? ColonnadeError == expected as? ColonnadeError, "\(choices)")
            default: Issue.record("only one fails: \(choices): \(expected), \(found)")
            }
        }
    }

    @Test func `several crops of a picture decode it once`() throws {
        func views(_ pictures: Buffer) throws -> Buffer {
            try pictures.randomlyResizedCropped("image", width: 8, height: 8, seed: 1, as: "left")
                .randomlyCropped("image", width: 6, height: 5, seed: 2, as: "right").selecting(["left", "right"])
                .batched(by: 4).cast("left", to: .float32)
        }
        let decoded = try views(PictureRecipeTests.decoded())
        let encoded = try PictureRecipeTests.encoded()
        let once = try views(encoded.decodedImage("image", options: PictureRecipeTests.options))
        #expect(once.explain().contains("decode image(image) once: random resized crop, cast; random crop"))
        let twice = try encoded.decodedImage("image", as: "left", options: PictureRecipeTests.options)
            .decodedImage("image", as: "right", options: PictureRecipeTests.options)
            .randomlyResizedCropped("left", width: 8, height: 8, seed: 1)
            .randomlyCropped("right", width: 6, height: 5, seed: 2).selecting(["left", "right"]).batched(by: 4)
            .cast("left", to: .float32)
        #expect(twice.explain().contains("once"))
        for index in 0..<decoded.count {
            let expected = try decoded[index]
            for batch in [try once[index], try twice[index]] {
                #expect(batch["left"] == expected["left"] && batch["right"] == expected["right"])
            }
        }
        // With the picture itself as a value, all of it is decoded.
        let all = try encoded.decodedImage("image", options: PictureRecipeTests.options)
            .centerCropped("image", width: 8, height: 8, as: "middle")
        #expect(try all[0]["image"].shape == [103, 150, 3])
        #expect(try all[0]["middle"].shape == [8, 8, 3])
    }

    @Test func `a plan says that only the crop is decoded, and errors name row and key`() throws {
        let encoded = try PictureRecipeTests.encoded()
        let decoded = try encoded.decodedImage("image", as: "pixels", options: PictureRecipeTests.options)
        let crops = try decoded.randomlyResizedCropped("pixels", width: 8, height: 8, seed: 1)
            .randomlyFlipped("pixels", seed: 1).selecting(["pixels"]).batched(by: 2)
            .normalized("pixels", mean: [1, 2, 3], deviation: [1, 2, 3]).laidOut("pixels", .channelsFirst)
        let steps = "decode image, random resized crop, random flip, scale, channels first(image)"
        #expect(crops.explain().contains("\(steps): on each row, decodes only the crop"))
        #expect(try crops[0]["pixels"].shape == [2, 3, 8, 8])
        var pass = crops.stream().makeIterator()
        while try pass.next() != nil {}
        let statistics = try #require(pass.statistics())
        let share = try #require(statistics.decodedShare)
        #expect(share > 0.2 && share < 1)
        let percent = Int((share * 100).rounded())
        #expect(statistics.description.contains("decoded \(percent) % of the pixels of the pictures"))
        let large = try decoded.centerCropped("pixels", width: 20, height: 20).selecting(["pixels"]).batched(by: 10)
        let error = #expect(throws: ColonnadeError.self) { try large[0] }
        #expect(error?.place == .sample(row: 1, key: "pixels"))
        #expect(error?.message.contains("cannot be cropped") == true)
        let schema = try Schema([Field("image", kind: .bytes)])
        let bad = try Buffer([Sample(schema: schema, tensors: [Tensor(Array("no".utf8))])])
        let damage = #expect(throws: ColonnadeError.self) {
            try bad.decodedImage("image", as: "x").centerCropped("x", width: 1, height: 1)[0]
        }
        #expect(damage?.place == .sample(row: 0, key: "image"))
    }
}

extension Buffer {
    fileprivate func scaled(_ key: String, by factor: Double, after dtype: DType) throws -> Buffer {
        try cast(key, to: dtype).scaled(key, by: factor)
    }
}
