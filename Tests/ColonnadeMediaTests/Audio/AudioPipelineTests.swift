// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeMedia
import Foundation
import Testing

/// Tests audio in buffers and streams.
@Suite struct AudioPipelineTests {
    private func bytes(_ files: [[UInt8]]) throws -> Buffer {
        let schema = try Schema([Field("sound", kind: .bytes)])
        return try Buffer(files.map { Sample(schema: schema, tensors: [Tensor($0)]) })
    }

    /// A brute-force resampling in double precision, with the formula of the documentation.
    private func resampled(_ input: [Float], _ rate: Int, _ newRate: Int, crossings: Double) -> [Float] {
        let base = Double(min(rate, newRate)) * 0.99
        return (0..<input.count * newRate / rate).map { output in
            var sum = 0.0
            for (index, value) in input.enumerated() {
                let time = (Double(index) / Double(rate) - Double(output) / Double(newRate)) * base
                guard abs(time) < crossings else { continue }
                let window = cos(time * .pi / crossings / 2)
                let sinc = time == 0 ? 1 : sin(time * .pi) / (time * .pi)
                sum += Double(value) * sinc * window * window * base / Double(rate)
            }
            return Float(sum)
        }
    }

    @Test(arguments: [(ResamplingQuality.fastest, 6.0), (.medium, 16), (.best, 64)])
    func `resampling is a windowed sinc`(quality: ResamplingQuality, crossings: Double) throws {
        let input = (0..<90).map { Float(sin(Double($0 * $0) / 40)) }
        let buffer = try Buffer(columns: ["x": Tensor(input, shape: [1, 90])])
        for (rate, newRate) in [(44_100, 16_000), (8_000, 44_100), (3, 2), (7, 500)] {
            let output = try buffer.resampledAudio("x", from: rate, to: newRate, quality: quality)[0]["x"]
                .elements(as: Float.self)
            let expected = resampled(input, rate, newRate, crossings: crossings)
            #expect(output.count == expected.count)
            #expect(zip(output, expected).allSatisfy { abs($0 - $1) < 2e-6 }, "\(rate) → \(newRate)")
        }
    }

    @Test func `other qualities hold values or draw lines between them`() throws {
        let buffer = try Buffer(columns: ["x": Tensor([0, 1, 3] as [Float], shape: [1, 3])])
        func resampled(_ quality: ResamplingQuality) throws -> [Float] {
            try buffer.resampledAudio("x", from: 2, to: 4, quality: quality)[0]["x"].elements(as: Float.self)
        }
        #expect(try resampled(.hold) == [0, 0, 1, 1, 3, 3])
        #expect(try resampled(.linear) == [0, 0.5, 1, 2, 3, 1.5])
    }

    @Test func `channels are resampled alone, by the rate of each sample`() throws {
        let left = (0..<40).map { Float($0 % 7) }
        let right = left.map { -2 * $0 }
        let both = zip(left, right).flatMap { [$0, $1] }
        let buffer = try Buffer(columns: [
            "x": Tensor(both + both, shape: [2, 40, 2]),
            "rate": Tensor([40, 1, 3, 40, 1, 6] as [Int64], shape: [2, 3]),
            "wrong": Tensor([0, 0] as [Int32]),
        ])
        let output = try buffer.resampledAudio("x", rateIn: "rate", to: 2)
        for (index, rate) in [(0, 3), (1, 6)] {
            let values = try output[index]["x"].elements(as: Float.self)
            let expected = resampled(left, rate, 2, crossings: 6)
            #expect(values.count == 2 * expected.count)
            for (frame, value) in expected.enumerated() {
                #expect(abs(values[2 * frame] - value) < 2e-5 && abs(values[2 * frame + 1] + 2 * value) < 4e-5)
            }
        }
        let error = #expect(throws: ColonnadeError.self) {
            _ = try buffer.resampledAudio("x", rateIn: "wrong", to: 2).materialized()
        }
        #expect(error?.message.contains("sample rate 0") == true)
        #expect(throws: ColonnadeError.self) { _ = try buffer.resampledAudio("rate", from: 1, to: 2) }
        #expect(throws: ColonnadeError.self) { _ = try buffer.resampledAudio("x", rateIn: "x", to: 2) }
        #expect(throws: ColonnadeError.self) { _ = try buffer.resampledAudio("x", from: 16_000_001, to: 15_999_999) }
    }

    @Test func `audio of a column is decoded, and padded in batches`() throws {
        let files = [AudioFiles.wav([0, 0x40, 0, 0x20]), AudioFiles.aiff([0x40, 0], frames: 1), AudioFiles.wav([])]
        let buffer = try bytes(files)
        let batch = try buffer.audioInfo("sound", as: "info").audioInfo("sound", .seconds, as: "seconds")
            .decodedAudio("sound").batched(by: 3)[0]
        #expect(batch["sound"].shape == [3, 2, 1])
        #expect(try batch["sound"].elements(as: Float.self) == [0.5, 0.25, 0.5, 0, 0, 0])
        #expect(try batch["info"].elements(as: Int64.self) == [2, 1, 8000, 1, 1, 44_100, 0, 1, 8000])
        #expect(try batch["seconds"].elements(as: Double.self) == [2 / 8000, 1 / 44_100, 0])
        #expect(try buffer.audioInfo("sound", .channelCount)[0]["sound"].elements(as: Int32.self) == [1])
        #expect(try buffer.audioInfo("sound", .frameCount)[0]["sound"].elements(as: Int64.self) == [2])
        #expect(try buffer.audioInfo("sound", .sampleRate)[1]["sound"].elements(as: Int32.self) == [44_100])
    }

    @Test func `a segment is a part of the whole, at another place in each row and epoch`() throws {
        let file = AudioFiles.wav(
            (0..<400).map { UInt8(truncatingIfNeeded: ($0 &* 0x9E37_79B1) >> 11) }, channels: 2, rate: 100)
        let buffer = try bytes([[UInt8]](repeating: file, count: 20))
        for rate in [nil, 70, 250] {
            let options = AudioOptions(sampleRate: rate)
            let whole = try buffer.decodedAudio("sound", options: options)[0]["sound"].elements(as: Float.self)
            let count = 2 * (rate ?? 100) / 5
            let stream = try buffer.stream().decodedAudio(
                "sound", options: options, randomSegment: AudioSegment(seconds: 0.2, seed: 1))
            var places: [Int] = []
            for epoch in 0..<2 {
                var pass = stream.epoch(epoch).makeIterator()
                while let sample = try pass.next() {
                    let part = try sample["sound"].elements(as: Float.self)
                    #expect(part.count == count)
                    let place = stride(from: 0, through: whole.count - count, by: 2).first { start in
                        whole[start..<start + count].elementsEqual(part)
                    }
                    places.append(try #require(place))
                }
            }
            #expect(places.count == 40 && places[..<20] != places[20...] && Set(places).count > 20)
        }
        #expect(throws: ColonnadeError.self) {
            _ = try buffer.decodedAudio("sound", randomSegment: AudioSegment(seconds: 0, seed: 1))
        }
    }

    @Test func `an error names the sample and the file`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "colonnade-audio-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let good = AudioFiles.wav([0, 0x40, 0, 0x20])
        try Data(good).write(to: folder.appendingPathComponent("good.wav"))
        try Data(good.dropLast()).write(to: folder.appendingPathComponent("cut.wav"))
        let names = try bytes(["good.wav", "cut.wav", "none.wav"].map { Array($0.utf8) })
        let loaded = try names.loadedAudio("sound", folder: folder.path)
        #expect(try loaded[0]["sound"].elements(as: Float.self) == [0.5, 0.25])
        for (index, text) in [(1, "cut.wav: the audio is damaged: WAV: "), (2, "none.wav")] {
            let error = #expect(throws: ColonnadeError.self) {
                _ = try loaded.prefix(index + 1).dropFirst(index).materialized()
            }
            #expect("\(String(describing: error))".contains(text))
        }
        let whole = try names.loadedAudioInfo("sound", .frameCount, folder: folder.path)
        #expect(try whole[0]["sound"].elements(as: Int64.self) == [2])
        #expect(throws: ColonnadeError.self) { _ = try names.resampledAudio("sound", from: 1, to: 2) }
    }
}
