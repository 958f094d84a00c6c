// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

@Suite struct PictureTests {
    /// Returns `count` pictures of one size, whose pixels differ.
    private func pictures(
        _ count: Int = 5, _ height: Int = 6, _ width: Int = 7, _ channels: Int = 3
    ) throws -> Buffer {
        let elements = count * height * width * channels
        let bytes = (0..<elements).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 11) }
        return try Buffer(columns: ["image": Tensor(bytes, shape: [count, height, width, channels])])
    }

    /// Returns pictures of these sizes: height, width.
    private func ragged(_ sizes: [(Int, Int)], channels: Int = 3) throws -> Buffer {
        let schema = try Schema([Field("image", .uint8, [nil, nil, channels])])
        let rows = sizes.enumerated().map { (row, size) in
            let count = size.0 * size.1 * channels
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 29 &+ row &* 101) }
            return Sample(schema: schema, tensors: [Tensor(bytes, shape: [size.0, size.1, channels])])
        }
        return try Buffer(rows)
    }

    /// Returns the part of a picture at a place, with zeros outside it, mirrored where asked: computed pixel by pixel.
    private func part(
        _ picture: Tensor, x: Int, y: Int, _ height: Int, _ width: Int, mirrored: Bool = false, upsideDown: Bool = false
    ) throws -> Tensor {
        let (all, channels) = (try picture.elements(as: UInt8.self), picture.shape[2])
        var bytes: [UInt8] = []
        for row in 0..<height {
            for column in 0..<width {
                let fromX = x + (mirrored ? width - 1 - column : column)
                let fromY = y + (upsideDown ? height - 1 - row : row)
                let isInside =
                    fromX >= 0 && fromY >= 0 && fromX < picture.shape[1] && fromY < picture.shape[0]
                for channel in 0..<channels {
                    let at = (fromY * picture.shape[1] + fromX) * channels + channel
                    bytes.append(isInside ? all[at] : 0)
                }
            }
        }
        return Tensor(bytes, shape: [height, width, channels])
    }

    private func fields(_ buffer: Buffer) -> [String] { buffer.schema.map(\.description) }

    // MARK: Crops and flips

    @Test func `the middle of a picture is kept`() async throws {
        let buffer = try pictures()
        let cropped = try buffer.centerCropped("image", width: 4, height: 3)
        #expect(fields(cropped) == ["image uint8[3, 4, 3]"])
        #expect(try cropped[2]["image"] == part(buffer[2]["image"], x: 1, y: 1, 3, 4))
        #expect(try buffer.centerCropped("image", width: 7, height: 6)[1]["image"] == buffer[1]["image"])
        try await checkTransform(cropped)
        let mixed = try ragged([(3, 9), (5, 3), (3, 3), (8, 8)])
        let square = try mixed.centerCropped("image", width: 3, height: 3)
        #expect(fields(square) == ["image uint8[3, 3, 3]"])
        #expect(try square[0]["image"] == part(mixed[0]["image"], x: 3, y: 0, 3, 3))
        try await checkTransform(square)
        // The picture itself stays under its key.
        let both = try mixed.centerCropped("image", width: 1, height: 1, as: "middle")
        #expect(fields(both) == ["image uint8[?, ?, 3]", "middle uint8[1, 1, 3]"])
        try await checkTransform(both)
        expectError(.invalidArgument, "7 × 6 pixels") { _ = try buffer.centerCropped("image", width: 8, height: 2) }
        let error = #expect(throws: ColonnadeError.self) {
            try mixed.centerCropped("image", width: 4, height: 3).batched(by: 4)[0]
        }
        #expect(error?.code == .invalidArgument && error?.place == .sample(row: 1, key: "image"))
        for (width, height) in [(0, 1), (1, 0), (-1, 1), (1 << 20, 1 << 20), (.max, .max)] {
            expectError(.invalidArgument, "at least 1") {
                _ = try mixed.centerCropped("image", width: width, height: height)
            }
        }
        expectError(.unknownKey) { _ = try buffer.centerCropped("x", width: 1, height: 1) }
    }

    @Test func `random crops are parts of the padded picture, and all parts occur`() async throws {
        let buffer = try pictures(300, 4, 5, 2)
        for padding in [0, 2] {
            let cropped = try buffer.randomlyCropped("image", width: 4, height: 3, padding: padding, seed: 7)
            var places: Set<[Int]> = []
            for row in 0..<buffer.count {
                let source = try buffer[row]["image"]
                let result = try cropped[row]["image"]
                let found = try (-padding...1 + padding).flatMap { x in
                    try (-padding...1 + padding).compactMap { y in
                        try part(source, x: x, y: y, 3, 4) == result ? [x, y] : nil
                    }
                }
                #expect(!found.isEmpty, "row \(row), padding \(padding)")
                places.formUnion(found)
            }
            #expect(places.count == (2 + 2 * padding) * (2 + 2 * padding))
        }
        let padded = try pictures().randomlyCropped("image", width: 9, height: 9, padding: 3, seed: 1)
        try await checkTransform(padded)
        try await checkTransform(ragged([(3, 9), (5, 3), (4, 4)]).randomlyCropped("image", width: 3, height: 3))
        // Each epoch has other places, and each seed.
        func first(_ seed: UInt64, _ epoch: Int) throws -> [Tensor] {
            try samples(of: buffer.randomlyCropped("image", width: 1, height: 1, seed: seed).stream().epoch(epoch)).map
            {
                $0["image"]
            }
        }
        #expect(try first(1, 0) == first(1, 0))
        #expect(try first(1, 0) != first(1, 1))
        #expect(try first(1, 0) != first(2, 0))
        expectError(.invalidArgument, "cannot be cropped") {
            _ = try buffer.randomlyCropped("image", width: 6, height: 4)
        }
        for padding in [-1, 1 << 40, .min, .max] {
            expectError(.invalidArgument, "padding") {
                _ = try buffer.randomlyCropped("image", width: 1, height: 1, padding: padding)
            }
        }
    }

    @Test func `parts of random area and form are in their ranges`() async throws {
        let buffer = try pictures(200, 20, 30, 1)
        let cropped = try buffer.randomlyCropped("image", area: (0.2, 0.5), aspect: (0.5, 2), seed: 3)
        #expect(fields(cropped) == ["image uint8[?, ?, 1]"])
        var sizes: Set<[Int]> = []
        for row in 0..<buffer.count {
            let shape = try cropped[row]["image"].shape
            sizes.insert(shape)
            let area = Double(shape[0] * shape[1]) / 600
            let aspect = Double(shape[1]) / Double(shape[0]) / 1.5
            #expect(area >= 0.2 && area <= 0.5 && aspect >= 0.5 && aspect <= 2, "\(shape)")
        }
        #expect(sizes.count > 50)
        try await checkTransform(pictures(4, 5, 6).randomlyCropped("image", area: (0.3, 1), aspect: (0.5, 2)))
        // The complete picture, where no part fits.
        let whole = try buffer.randomlyCropped("image", area: (1, 1), aspect: (1, 1))
        #expect(try whole[0]["image"] == buffer[0]["image"])
        for (area, aspect) in [
            ((0, 1), (1, 1)), ((0.5, 2), (1, 1)), ((0.5, 0.2), (1, 1)), ((-1, 1), (1, 1)), ((0.5, 1), (0, 1)),
            ((0.5, 1), (2, 1)), ((.nan, 1), (1, 1)), ((0.5, 1), (1, .infinity)), ((0.9, 1), (5, 5)),
        ] as [((Double, Double), (Double, Double))] {
            expectError(.invalidArgument) { _ = try buffer.randomlyCropped("image", area: area, aspect: aspect) }
        }
        expectError(.invalidArgument, "trials") {
            _ = try buffer.randomlyCropped("image", area: (1, 1), aspect: (1, 1), trials: 0)
        }
    }

    @Test func `pictures are mirrored with a probability`() async throws {
        let buffer = try pictures(400, 2, 3, 4)
        for isVertical in [false, true] {
            let flipped = try buffer.randomlyFlipped("image", probability: 0.25, vertically: isVertical, seed: 5)
            var count = 0
            for row in 0..<buffer.count {
                let source = try buffer[row]["image"]
                let mirrored = try part(source, x: 0, y: 0, 2, 3, mirrored: !isVertical, upsideDown: isVertical)
                let result = try flipped[row]["image"]
                #expect(result == source || result == mirrored)
                count += result == mirrored ? 1 : 0
            }
            #expect((60...140).contains(count))
            try await checkTransform(pictures().randomlyFlipped("image", vertically: isVertical, seed: 1))
            try await checkTransform(ragged([(3, 9), (5, 3)]).randomlyFlipped("image", vertically: isVertical))
            let same = try buffer.randomlyFlipped("image", probability: 0, vertically: isVertical)
            #expect(try same[3]["image"] == buffer[3]["image"])
        }
        for probability in [-0.1, 1.1, .nan] {
            expectError(.invalidArgument, "probability") {
                _ = try buffer.randomlyFlipped("image", probability: probability)
            }
        }
    }

    @Test func `crops and flips keep every data type`() async throws {
        for dtype in DType.allCases {
            let buffer = try pictures(3, 4, 5, 2).cast("image", to: dtype)
            let source = try buffer[1]["image"]
            let changed = try buffer.centerCropped("image", width: 4, height: 2).randomlyFlipped(
                "image", probability: 1
            )
            .laidOut("image", .channelsFirst)
            #expect(changed.schema[0].description == "image \(dtype.name)[2, 2, 4]")
            let bytes = try pictures(3, 4, 5, 2)[1]["image"]
            let expected = try part(bytes, x: 0, y: 1, 2, 4, mirrored: true).elements(as: UInt8.self)
            let planes = [0, 1].flatMap { channel in (0..<8).map { Double(expected[$0 * 2 + channel]) } }
            let asBytes = try Buffer(columns: ["x": Tensor(planes.map { UInt8($0) }, shape: [1, 2, 2, 4])])
            #expect(try changed[1]["image"] == asBytes.cast("x", to: dtype)[0]["x"], "\(dtype.name)")
            #expect(
                try buffer.laidOut("image", .channelsFirst).laidOut("image", .channelsLast)[1]["image"] == source)
            #expect(try buffer.resized("image", width: 2, height: 8, filter: .nearest)[1]["image"].dtype == dtype)
            if dtype == .uint8 || dtype == .float32 { continue }
            expectError(.invalidArgument, "uint8 or float32") { _ = try buffer.resized("image", width: 2, height: 2) }
        }
        try await checkTransform(pictures().laidOut("image", .channelsFirst))
        try await checkTransform(ragged([(3, 9), (5, 3)]).laidOut("image", .channelsFirst))
        expectError(.invalidArgument, "layout") { _ = try tokens([1]).laidOut("tokens", .channelsLast) }
    }

    // MARK: Other sizes

    @Test func `a pixel is made of at most half a million in each direction`() throws {
        func line(_ count: Int, isDown: Bool) throws -> Buffer {
            let shape = isDown ? [1, count, 1, 1] : [1, 1, count, 1]
            return try Buffer(columns: ["image": Tensor([UInt8](repeating: 200, count: count), shape: shape)])
        }
        for isDown in [false, true] {
            let longest = try line(1 << 19, isDown: isDown).resized("image", width: 1, height: 1)
            #expect(try longest[0]["image"].elements(as: UInt8.self) == [200])
            let longer = try line(1 << 19 + 1, isDown: isDown)
            expectError(.invalidArgument, "at most 524288 in a line become one") {
                _ = try longer.resized("image", width: 1, height: 1)[0]
            }
            expectError(.invalidArgument, "at most 262144 in a line become one") {
                _ = try longer.resized("image", width: isDown ? 1 : 2, height: isDown ? 2 : 1, filter: .bicubic)[0]
            }
            #expect(
                try longer.resized("image", width: 1, height: 1, antialiased: false)[0]["image"].elements(
                    as: UInt8.self) == [200])
            #expect(
                try longer.resized("image", width: 1, height: 1, filter: .nearest)[0]["image"].elements(
                    as: UInt8.self) == [200])
        }
    }

    @Test func `a picture of another size has the weighted means of its pixels`() async throws {
        let row = try Buffer(columns: ["image": Tensor([0, 100, 200, 100] as [UInt8], shape: [1, 1, 4, 1])])
        func resized(_ width: Int, _ filter: ResizeFilter, _ antialiased: Bool = true) throws -> [UInt8] {
            try row.resized("image", width: width, height: 1, filter: filter, antialiased: antialiased)[0]["image"]
                .elements(as: UInt8.self)
        }
        // Weights 3/8, 3/8 and 1/8 of their sum; and 1/2, 1/2 of the two closest pixels.
        #expect(try resized(2, .triangle) == [71, 143])
        #expect(try resized(2, .triangle, false) == [50, 150])
        #expect(try resized(2, .nearest) == [100, 100])
        #expect(try resized(8, .triangle) == [0, 25, 75, 125, 175, 175, 125, 100])
        #expect(try resized(8, .nearest) == [0, 0, 100, 100, 200, 200, 100, 100])
        #expect(try resized(4, .bicubic) == [0, 100, 200, 100])
        for (height, width) in [(1, 1), (6, 7), (9, 4), (13, 20)] {
            for filter in [ResizeFilter.triangle, .bicubic, .nearest] {
                let buffer = try pictures().resized("image", width: width, height: height, filter: filter)
                #expect(fields(buffer) == ["image uint8[\(height), \(width), 3]"])
                try await checkTransform(buffer)
            }
        }
        let mixed = try ragged([(3, 9), (5, 3), (1, 1), (8, 8)]).resized("image", width: 5, height: 4)
        #expect(fields(mixed) == ["image uint8[4, 5, 3]"])
        try await checkTransform(mixed)
        try await checkTransform(pictures().cast("image", to: .float32).resized("image", width: 5, height: 4))
        for size in [0, -1, 1 << 20, .max] {
            expectError(.invalidArgument, "at least 1") {
                _ = try pictures().resized("image", width: size, height: size)
            }
            expectError(.invalidArgument, "at least 1") { _ = try pictures().resized("image", shorterSide: size) }
        }
    }

    @Test func `the shorter side gets a length`() async throws {
        #expect(fields(try pictures(1, 20, 30).resized("image", shorterSide: 7)) == ["image uint8[7, 11, 3]"])
        #expect(fields(try pictures(1, 30, 20).resized("image", shorterSide: 50)) == ["image uint8[75, 50, 3]"])
        let mixed = try ragged([(3, 9), (5, 3), (4, 4)]).resized("image", shorterSide: 2)
        #expect(try (0..<3).map { try mixed[$0]["image"].shape } == [[2, 6, 3], [3, 2, 3], [2, 2, 3]])
        try await checkTransform(mixed)
        let long = try ragged([(1, 70_000), (2, 2)], channels: 1).resized("image", shorterSide: 4000)
        expectError(.invalidArgument, "pixels") { _ = try long[0] }
    }

    @Test func `steps in one pass over memory give the pixels of the steps one by one`() throws {
        // Equal operations with one seed draw other numbers if they are in one pipeline, so each has a seed of its own.
        typealias Step = (Buffer, UInt64) throws -> Buffer
        let steps: [Step] = [
            { (pictures, _) in try pictures.centerCropped("image", width: 8, height: 9) },
            { (pictures, seed) in try pictures.randomlyCropped("image", width: 8, height: 8, seed: seed + 3) },
            { (pictures, seed) in try pictures.randomlyCropped("image", width: 9, height: 9, padding: 2, seed: seed + 4)
            },
            { (pictures, seed) in try pictures.randomlyFlipped("image", probability: 1, seed: seed) },
            { (pictures, seed) in try pictures.randomlyFlipped("image", probability: 1, vertically: true, seed: seed) },
            { (pictures, _) in try pictures.resized("image", width: 11, height: 9) },
            { (pictures, _) in try pictures.resized("image", width: 9, height: 12, filter: .bicubic) },
            { (pictures, _) in try pictures.rotated("image", degrees: 90) },
        ]
        let buffer = try pictures(3, 10, 12)
        for first in steps {
            for second in steps {
                for third in [steps[1], steps[3], steps[5]] {
                    guard let together = try? third(second(first(buffer, 10), 20), 30) else { continue }
                    // A buffer in memory has no steps before it.
                    let one = try first(buffer, 10).materialized()
                    let two = try second(one, 20).materialized()
                    let apart = try third(two, 30)
                    for row in 0..<3 { #expect(try together[row]["image"] == apart[row]["image"]) }
                    #expect(try together.batched(by: 3)[0]["image"] == apart.batched(by: 3)[0]["image"])
                }
            }
        }
    }

    @Test func `random resized crops follow their law`() async throws {
        // The picture has its coordinates as values, so that the part can be read from its corners.
        let side = 100
        let coordinates = (0..<side).flatMap { y in (0..<side).flatMap { x in [Float(x), Float(y)] } }
        let all = Tensor(coordinates)
        let one = try Buffer(columns: ["image": all.reshaped(to: [1, side, side, 2])])
        let cropped = try one.randomlyResizedCropped("image", width: 64, height: 64, seed: 9)
        var (areas, ratios): ([Double], [Double]) = ([], [])
        for epoch in 0..<300 {
            let values = try samples(of: cropped.stream().epoch(epoch))[0]["image"].elements(as: Float.self)
            // The mean distance of the inner columns and rows is that of the part.
            let across = Double(values[2 * 47] - values[2 * 16]) / 31 * 64
            let down = Double(values[2 * 64 * 47 + 1] - values[2 * 64 * 16 + 1]) / 31 * 64
            areas.append(across * down / Double(side * side))
            ratios.append(across / down)
        }
        #expect(areas.allSatisfy { $0 > 0.07 && $0 < 1.01 })
        #expect(ratios.allSatisfy { $0 > 0.73 && $0 < 1.37 })
        // Nearly uniform; the largest areas do not fit with every ratio.
        let mean = areas.reduce(0, +) / 300
        #expect(mean > 0.45 && mean < 0.56, "\(mean)")
        let wide = ratios.count { $0 > 1 }
        #expect((115...185).contains(wide), "\(wide)")
        // Where no part fits, the middle is taken.
        let long = try ragged([(10, 100)], channels: 1)
        let fallback = try long.randomlyResizedCropped(
            "image", width: 20, height: 10, area: (1, 1), aspect: (2, 2))
        #expect(try fallback[0]["image"] == part(long[0]["image"], x: 40, y: 0, 10, 20))
        try await checkTransform(pictures().randomlyResizedCropped("image", width: 4, height: 5))
        try await checkTransform(
            ragged([(3, 9), (5, 3), (1, 1)]).randomlyResizedCropped("image", width: 4, height: 5, filter: .bicubic))
        expectError(.invalidArgument, "areas") {
            _ = try pictures().randomlyResizedCropped("image", width: 4, height: 5, area: (0, 1))
        }
    }

    @Test func `pictures are turned about their centre`() async throws {
        let buffer = try Buffer(columns: ["image": Tensor([1, 2, 3, 4, 5, 6] as [UInt8], shape: [1, 2, 3, 1])])
        func turned(_ degrees: Double, keepingSize: Bool = false) throws -> Tensor {
            try buffer.rotated("image", degrees: degrees, keepingSize: keepingSize)[0]["image"]
        }
        #expect(try turned(0) == buffer[0]["image"])
        #expect(try turned(90) == Tensor([4, 1, 5, 2, 6, 3] as [UInt8], shape: [3, 2, 1]))
        #expect(try turned(-90) == Tensor([3, 6, 2, 5, 1, 4] as [UInt8], shape: [3, 2, 1]))
        #expect(try turned(180) == Tensor([6, 5, 4, 3, 2, 1] as [UInt8], shape: [2, 3, 1]))
        #expect(try turned(450) == turned(90))
        #expect(try turned(180, keepingSize: true) == turned(180))
        let large = try pictures(2, 100, 200, 1)
        #expect(fields(try large.rotated("image", degrees: 30)) == ["image uint8[186, 223, 1]"])
        #expect(fields(try large.rotated("image", degrees: 30, keepingSize: true)) == ["image uint8[100, 200, 1]"])
        try await checkTransform(pictures().rotated("image", degrees: 17))
        try await checkTransform(ragged([(3, 9), (5, 3), (1, 1)]).rotated("image", degrees: 45))
        expectError(.invalidArgument, "turned") { _ = try turned(.nan) }
    }

    @Test func `red, green and blue become one channel`() async throws {
        let colours: [UInt8] = [255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 12, 200, 77]
        let buffer = try Buffer(columns: ["image": Tensor(colours, shape: [1, 1, 5, 3])])
        let expected: [(ChannelReduction, [UInt8])] = [
            (.rec601, [254, 76, 149, 29, 129]), (.rec709, [254, 54, 182, 18, 151]),
            (.rec2020, [254, 66, 172, 15, 143]), (.green, [255, 0, 255, 0, 200]),
        ]
        for (weights, values) in expected {
            let reduced = try buffer.reducingChannels("image", weights: weights)
            #expect(try reduced[0]["image"] == Tensor(values, shape: [1, 5, 1]))
        }
        try await checkTransform(pictures().reducingChannels("image").centerCropped("image", width: 3, height: 3))
        expectError(.invalidArgument, "three channels") { _ = try pictures(1, 2, 2, 1).reducingChannels("image") }
        expectError(.invalidArgument, "uint8") {
            _ = try buffer.cast("image", to: .float32).reducingChannels("image")
        }
    }

    @Test func `colours change, and parts are erased`() async throws {
        let buffer = try pictures(6, 8, 9)
        let jittered = try buffer.colorJittered(
            "image", brightness: (0.5, 1.5), contrast: (0.5, 1.5), saturation: (0, 2), hue: (-0.5, 0.5), seed: 1)
        try await checkTransform(jittered)
        #expect(try jittered[0]["image"] != buffer[0]["image"])
        let half = try buffer.colorJittered("image", brightness: (0.5, 0.5))[2]["image"].elements(as: UInt8.self)
        #expect(try half == buffer[2]["image"].elements(as: UInt8.self).map { $0 / 2 })
        #expect(try buffer.colorJittered("image")[0]["image"] == buffer[0]["image"])
        let erased = try buffer.randomlyErased("image", probability: 1, value: 9, seed: 4)
        try await checkTransform(erased)
        for row in 0..<6 {
            let (from, to) = (try buffer[row]["image"], try erased[row]["image"])
            let pairs = zip(try from.elements(as: UInt8.self), try to.elements(as: UInt8.self))
            #expect(pairs.allSatisfy { $0 == $1 || $1 == 9 })
            #expect(from != to)
        }
        try await checkTransform(
            ragged([(3, 9), (5, 3), (1, 1)]).randomlyErased("image").colorJittered("image", brightness: (0, 2)))
        for range in [(-1, 1), (2, 1), (0, .infinity), (.nan, 1)] as [(Double, Double)] {
            expectError(.invalidArgument, "brightness") { _ = try buffer.colorJittered("image", brightness: range) }
        }
        expectError(.invalidArgument, "hue") { _ = try buffer.colorJittered("image", hue: (0, 0.6)) }
        expectError(.invalidArgument, "channels") {
            _ = try pictures(1, 2, 2, 4).colorJittered("image", brightness: (0, 1))
        }
        for wrong in [-1, 0.5, 256] {
            expectError(.invalidArgument) { _ = try buffer.randomlyErased("image", value: wrong) }
        }
    }

    @Test func `the samples of a batch are mixed`() async throws {
        let labels = Tensor((0..<7).map { Int64($0 % 3) })
        let images = try pictures(7).batched(by: 7)[0]["image"]
        let batches = try Buffer(columns: ["image": images, "label": labels]).oneHot("label", count: 3).batched(by: 3)
        try await checkTransform(batches.cutMixed("image", labels: "label", seed: 1).stream())
        let floats = try batches.cast("image", to: .float32)
        let mixed = try floats.mixedUp("image", labels: "label", seed: 1)
        #expect(mixed.schema.map(\.description) == floats.schema.map(\.description))
        try await checkTransform(mixed.stream())
        #expect(try mixed[0]["image"] != floats[0]["image"])
        expectError(.invalidArgument, "batch") { _ = try pictures().mixedUp("image", labels: "image") }
        expectError(.unknownKey) { _ = try floats.mixedUp("image", labels: "x") }
        for alpha in [0, -1, .nan, .infinity] {
            expectError(.invalidArgument, "alpha") { _ = try floats.mixedUp("image", labels: "label", alpha: alpha) }
        }
    }

    // MARK: Videos, and values that are no pictures

    @Test func `all frames of a video change alike`() async throws {
        let frames = try pictures(12, 6, 7)
        let all = try frames.batched(by: 12)[0]["image"]
        let videos = try Buffer(columns: ["image": all.reshaped(to: [3, 4, 6, 7, 3])])
        let changed = try videos.randomlyCropped("image", width: 3, height: 4, padding: 1, seed: 2)
            .randomlyFlipped("image", seed: 3).resized("image", width: 5, height: 2)
        #expect(fields(changed) == ["image uint8[4, 2, 5, 3]"])
        try await checkTransform(changed)
        // Four equal frames stay equal.
        let still = try pictures(4, 6, 7)[0]["image"].elements(as: UInt8.self)
        let repeated = Tensor(still + still + still, shape: [1, 3, 6, 7, 3])
        for seed in 0..<5 as Range<UInt64> {
            let video = try Buffer(columns: ["image": repeated]).randomlyCropped(
                "image", width: 2, height: 2, seed: seed)
            let result = try video[0]["image"]
            #expect(result[0] == result[1] && result[0] == result[2])
        }
        #expect(try videos.laidOut("image", .channelsFirst)[0]["image"].shape == [4, 3, 6, 7])
        #expect(try videos.reducingChannels("image")[0]["image"].shape == [4, 6, 7, 1])
        #expect(try videos.rotated("image", degrees: 90)[0]["image"].shape == [4, 7, 6, 3])
        // After `batched`, a batch is a video, whose pictures change alike.
        let batch = try pictures(4).batched(by: 4).centerCropped("image", width: 2, height: 2)
        #expect(
            try batch[0]["image"] == pictures(4).centerCropped("image", width: 2, height: 2).batched(by: 4)[0]["image"])
    }

    @Test func `values that are no pictures are refused`() throws {
        let flat = try Buffer(columns: ["x": Tensor([UInt8](repeating: 0, count: 40), shape: [2, 4, 5])])
        expectError(.invalidArgument, "(height, width, channels)") { _ = try flat.resized("x", width: 1, height: 1) }
        for channels in [0, 5] {
            let wrong = try pictures(1, 2, 2, channels)
            expectError(.invalidArgument, "1 to 4 channels") { _ = try wrong.randomlyFlipped("image") }
        }
        expectError(.invalidArgument, "without pixels") {
            _ = try pictures(1, 0, 2, 3).randomlyFlipped("image", probability: 1)[0]
        }
        let text = try Buffer([Sample(schema: Schema([Field("x", kind: .string)]), tensors: [Tensor([65] as [UInt8])])])
        expectError(.invalidArgument) { _ = try text.rotated("x", degrees: 1) }
        // A small video may claim to become a large one.
        let many = try Buffer(columns: ["x": Tensor([UInt8](repeating: 0, count: 100), shape: [1, 100, 1, 1, 1])])
        expectError(.invalidArgument, "too large") {
            _ = try many.resized("x", width: 1 << 14, height: 1 << 14, filter: .nearest)[0]
        }
        // The number of channels may vary from row to row.
        let schema = try Schema([Field("image", .uint8, [nil, nil, nil])])
        let rows = [1, 3, 5].map { channels in
            let bytes = [UInt8](repeating: 1, count: 4 * channels)
            return Sample(schema: schema, tensors: [Tensor(bytes, shape: [2, 2, channels])])
        }
        let varying = try Buffer(rows).resized("image", width: 1, height: 1)
        #expect(try varying[1]["image"].shape == [1, 1, 3])
        expectError(.invalidArgument, "1 to 4 channels") { _ = try varying[2] }
    }
}
