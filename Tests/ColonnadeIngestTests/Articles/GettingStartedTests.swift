// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import Testing

/// The code of the article "Getting started", which `Tests/Articles` compares with this file.
@Suite struct GettingStartedTests {
    @Test func `ingest, look and train`() async throws {
        let scratch = try Scratch()
        let path = scratch.path("fashion.colonnade")
        let (images, labels) = (IDXSourceTests.images, IDXSourceTests.labels)

        let ingestor = try Ingestor(paths: [images, labels])
        let summary = try ingestor.write(to: path)
        print(summary.rowCount)
        #expect(summary.rowCount == 1000)

        let buffer = try Buffer(at: path)
        print(buffer)  // 1000 × image uint8[28, 28], label uint8[]

        let sample = try buffer[0]
        let pixels = try sample["image"].elements(as: UInt8.self)
        let label = try sample["label"].item(as: UInt8.self)
        #expect(buffer.description == "1000 × image uint8[28, 28], label uint8[]")
        #expect(pixels.count == 784 && label == 9)

        var seen = 0
        func step(_ images: Tensor, _ labels: Tensor) throws {
            #expect(images.dtype == .float32 && images.shape[1...] == [28, 28])
            seen += labels.shape[0]
        }

        let batches = try buffer.shuffled(seed: 42)
            .stream()
            .cast("image", to: .float32)
            .scaled("image", by: 1 / 255)
            .batched(by: 32)
            .prefetched()

        for epoch in 0..<2 {
            for try await batch in batches.epoch(epoch) {
                try step(batch["image"], batch["label"])
            }
        }
        #expect(seen == 2000)
        #expect(try meansOfBatches(batches).allSatisfy { 0.1 < $0 && $0 < 0.5 })
    }

    /// Returns the mean of the elements.
    func mean(_ tensor: Tensor) throws -> Float {
        try tensor.withSpan(as: Float.self) { elements in
            var sum: Float = 0
            for index in elements.indices { sum += elements[index] }
            return sum / Float(elements.count)
        }
    }

    private func meansOfBatches(_ batches: Colonnade.Stream) throws -> [Float] {
        var means: [Float] = []
        var pass = batches.epoch(0).makeIterator()
        while let batch = try pass.next() {
            means.append(try mean(batch["image"]))
        }
        #expect(means.count == 32)
        return means
    }

    @Test func `samples that are held out are never seen`() throws {
        let scratch = try Scratch()
        let path = scratch.path("fashion.colonnade")
        _ = try Ingestor(paths: [IDXSourceTests.images, IDXSourceTests.labels]).write(to: path)

        let all = try Buffer(at: path).shuffled(seed: 1)
        let validation = try all.prefix(200)
        let training = try all.dropFirst(200).shuffled(seed: 2)
        #expect(validation.count == 200 && training.count == 800)
        let held = try (0..<200).map { try validation[$0]["image"].elements(as: UInt8.self) }
        let learnt = try (0..<800).map { try training[$0]["image"].elements(as: UInt8.self) }
        #expect(Set(held).isDisjoint(with: learnt))
    }

    @Test func `a misspelt key is an error of its line`() throws {
        let scratch = try Scratch()
        let path = scratch.path("fashion.colonnade")
        _ = try Ingestor(paths: [IDXSourceTests.images, IDXSourceTests.labels]).write(to: path)
        var message = ""
        func show(_ text: String) { message = text }

        do throws(ColonnadeError) {
            _ = try Buffer(at: path).cast("imgae", to: .float32)
        } catch {
            if error.code == .unknownKey { show(error.message) }
        }
        #expect(message == "there is no key \"imgae\"; did you mean \"image\"?")
    }
}
