// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeMedia
import Foundation
import Testing

/// Crops of stored pictures, which are decoded from entry points. Their pixels must be those of the complete pictures.
@Suite struct EntryPointTests {
    private static let names = [
        "jpeg/video-001.jpeg", "jpeg/video-005.gray.jpeg", "jpeg/video-001.q50.444.jpeg", "jpeg/video-001.rgb.jpeg",
        "jpeg/video-001.progressive.jpeg", "jpeg/video-001.cmyk.jpeg", "pngsuite/basn2c08.png",
        "jpeg/video-001.q50.420.jpeg", "made/orientation-6.jpg",
    ]
    /// The number of pictures that have entry points: baseline, three or one components, and not too small.
    private static let enteredCount = 5

    /// Entry points in the right form that belong to no picture.
    private struct WrongEntryPoints: EntryPointFinder {
        let seed: UInt64

        func appendEntryPoints(of file: Span<UInt8>, to bytes: inout [UInt8]) throws(ColonnadeError) {
            var correct: [UInt8] = []
            try MediaFiles().appendEntryPoints(of: file, to: &correct)
            var random = SplitMix64(seed: seed, epoch: 0, row: file.count)
            for index in correct.indices where index > 3 && random.below(3) == 0 {
                correct[index] ^= UInt8(random.below(8))
            }
            bytes += correct
        }
    }

    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "colonnade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// Writes the pictures, and opens the file.
    private func stored(_ name: String, _ finder: (any EntryPointFinder)?) throws -> Buffer {
        var options = WriterOptions()
        options.entryPoints = finder
        let schema = try Schema([Field("image", kind: .bytes, meaning: .media("image/*")), Field("row", .int32)])
        let path = "\(folder.path)/\(name)"
        var writer = try RowWriter(creating: path, schema: schema, options: options)
        for (row, name) in EntryPointTests.names.enumerated() {
            let values = [Tensor(try ImageFixture.bytes(name)), Tensor(scalar: Int32(row))]
            try writer.append(Sample(schema: schema, tensors: values))
        }
        try writer.finish()
        return try Buffer(at: path)
    }

    private func cropped(_ buffer: Buffer) throws -> Buffer {
        try buffer.decodedImage("image", options: ImageOptions(channels: .rgb))
            .randomlyCropped("image", width: 5, height: 6, seed: 4)
    }

    /// Returns the crops of some epochs, and the part of the pictures that were decoded from entry points.
    private func results(_ stream: Colonnade.Stream) throws -> (crops: [Tensor], share: Double?) {
        var (crops, share) = ([Tensor](), Double?.none)
        for epoch in 0..<4 {
            var pass = stream.epoch(epoch).makeIterator()
            while let sample = try pass.next() { crops.append(sample["image"]) }
            share = pass.statistics()?.enteredShare
        }
        return (crops, share)
    }

    @Test func `crops from entry points have the pixels of the complete pictures, whatever is done with the rows`()
        throws
    {
        defer { try? FileManager.default.removeItem(at: folder) }
        let plain = try stored("plain", nil)
        let whole = try plain.decodedImage("image", options: ImageOptions(channels: .rgb))
        let memory = try Buffer(
            (0..<whole.count).map { row in
                let schema = try Schema([Field("image", .uint8, [nil, nil, 3]), Field("row", .int32)])
                return Sample(schema: schema, tensors: try whole[row].tensors)
            })
        let expected = try results(memory.randomlyCropped("image", width: 5, height: 6, seed: 4).stream()).crops
        let part = Double(EntryPointTests.enteredCount) / Double(EntryPointTests.names.count)
        #expect(try results(cropped(plain).stream()) == (expected, 0))
        for name in ["one", "many/"] {
            let entered = try stored(name, MediaFiles())
            #expect(entered.schema == plain.schema)
            let found = try results(cropped(entered).stream())
            #expect(found.crops == expected)
            #expect(found.share == part)
            #expect(try results(cropped(entered).batched(by: 3).stream()).share == part)
            let explanation = try cropped(entered).explain()
            #expect(
                explanation.contains(
                    "decode image, random crop(image): on each row, decodes only the crop, from entry points"))
            #expect(!(try cropped(plain).explain().contains("entry points")))
            // Selected, renamed, joined and zipped rows, and those of stages, keep their entry points.
            let renamed = try entered.selecting(["row", "image"]).renaming("image", to: "picture").prefix(9)
            let joined = try renamed.renaming("picture", to: "image").selecting(["image", "row"]).appending(
                plain.prefix(0))
            #expect(try results(cropped(joined).stream()) == (expected, part))
            let zipped = try entered.selecting(["image"]).zipped(with: entered.selecting(["row"]))
            #expect(try results(cropped(zipped).stream()) == (expected, part))
            let filtered = try entered.stream().filter("image", in: 1...100_000)
            let cut = try filtered.decodedImage("image", options: ImageOptions(channels: .rgb))
                .randomlyCropped("image", width: 5, height: 6, seed: 4)
            #expect(try results(cut) == (expected, part))
            let chosen = try entered.stream().filter { $0.tensors.count == 2 }
            let crops = try chosen.decodedImage("image", options: ImageOptions(channels: .rgb))
                .randomlyCropped("image", width: 5, height: 6, seed: 4)
            #expect(try results(crops) == (expected, part))
            // Steps between filters change other values.
            let changed = try chosen.cast("row", to: .int64).filter { $0.tensors.count == 2 }
                .renaming("image", to: "picture").cast("row", to: .int32).filter("picture", in: 1...100_000)
                .renaming("picture", to: "image").decodedImage("image", options: ImageOptions(channels: .rgb))
                .randomlyCropped("image", width: 5, height: 6, seed: 4)
            #expect(try results(changed) == (expected, part))
        }
        let statistics = try #require(
            {
                var pass = try cropped(stored("other", MediaFiles())).stream().makeIterator()
                while try pass.next() != nil {}
                return pass.statistics()
            }())
        #expect(statistics.description.contains("from entry points in 56 % of the pictures"))
    }

    @Test func `wrong entry points are no error`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for seed in 0..<8 {
            let buffer = try cropped(stored("wrong-\(seed)", WrongEntryPoints(seed: UInt64(seed))))
            #expect(try results(buffer.stream()).crops.allSatisfy { $0.shape == [6, 5, 3] })
        }
    }

    @Test func `the verifier finds wrong entry points, and files of other formats are no problems`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try stored("right", MediaFiles())
        let right = try MediaVerifier.verify(path: "\(folder.path)/right")
        #expect((right.fileCount, right.enteredCount, right.unreadCount) == (9, EntryPointTests.enteredCount, 0))
        #expect(right.problems.isEmpty)
        for name in ["wrong", "wrong-many/"] {
            _ = try stored(name, WrongEntryPoints(seed: 1))
            let wrong = try MediaVerifier.verify(path: "\(folder.path)/\(name)").problems
            #expect(!wrong.isEmpty)
            #expect(wrong.allSatisfy { $0.message.contains("its entry points are not those of its code") })
            #expect(wrong[0].code == .corruptFile && "\(wrong[0])".contains("row 0, column \"image\""))
        }

        let schema = try Schema([
            Field("image", kind: .bytes, meaning: .media("image/*")),
            Field("sound", kind: .bytes, meaning: .media("audio/*")),
        ])
        var writer = try RowWriter(creating: "\(folder.path)/others", schema: schema, options: WriterOptions())
        let rows = [("II*\0", ".snd"), ("\0\0\0\u{20}ftypheic", "NIST_1A"), ("<html>", "<html>"), ("%PDF", "RIFF")]
        for (image, sound) in rows {
            let tensors = [image, sound].map { Tensor(Array($0.utf8) + [UInt8](repeating: 0, count: 64)) }
            try writer.append(Sample(schema: schema, tensors: tensors))
        }
        try writer.finish()
        let report = try MediaVerifier.verify(path: "\(folder.path)/others")
        #expect((report.fileCount, report.unreadCount, report.problems.count) == (8, 4, 4))
        #expect(report.problems.allSatisfy { "\($0)".contains("row 2") || "\($0)".contains("row 3") })
    }

    @Test func `the verifier decodes sound, and finds files that end early`() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let schema = try Schema([Field("sound", kind: .bytes, meaning: .media("audio/*"))])
        let flac = try ImageFixture.bytes("../audio/tabla_na_o.flac")
        let large = AudioFiles.little(Int(bitPattern: UInt(1e300.bitPattern)), 8)
        let files = [
            flac, Array(flac.dropLast(3000)), AudioFiles.wav([1, 2]), AudioFiles.wav(large, code: 3, bits: 64),
        ]
        var writer = try RowWriter(creating: "\(folder.path)/sounds", schema: schema, options: WriterOptions())
        for file in files { try writer.append(Sample(schema: schema, tensors: [Tensor(file)])) }
        try writer.finish()
        let problems = try MediaVerifier.verify(path: "\(folder.path)/sounds").problems
        #expect(problems.count == 2)
        let expected = [
            "row 1, column \"sound\": the audio is damaged: FLAC: it ends early, after \(flac.count - 3000) bytes",
            "row 3, column \"sound\": a sample of the audio (frame 0, channel 0) is beyond the range of float32",
        ]
        for (problem, text) in zip(problems, expected) { #expect("\(problem)".contains(text), "\(problem)") }
    }

    /// Returns the places of the segments of a file with a marker.
    private func segments(_ code: UInt8, _ file: [UInt8]) -> [Range<Int>] {
        file.indices.dropLast(3).filter { file[$0] == 0xFF && file[$0 + 1] == code }.map { place in
            place..<place + 2 + Int(file[place + 2]) << 8 + Int(file[place + 3])
        }
    }

    @Test func `a file whose headers are damaged is refused as by the decoder`() throws {
        let file = try ImageFixture.bytes("jpeg/video-001.jpeg")
        let scan = try #require(segments(0xDA, file).first).lowerBound
        let headers = Array(file[..<scan])
        func without(_ code: UInt8) -> [UInt8] {
            var rest = headers
            for segment in segments(code, headers).reversed() { rest.removeSubrange(segment) }
            return rest + file[scan...]
        }
        var changed = file
        changed[try #require(segments(0xC4, headers).first).lowerBound + 5] = 255
        let frame = headers[try #require(segments(0xC0, headers).first)]
        let damaged = [without(0xDB), changed, Array(headers + frame) + file[scan...]]
        for (index, bytes) in damaged.enumerated() {
            #expect(throws: ColonnadeError.self, "\(index)") { try ImageDecoder().decode(bytes) }
            let error = #expect(throws: ColonnadeError.self, "\(index)") {
                try MediaFiles().checkedEntryPoints(of: bytes)
            }
            #expect(error?.code == .invalidSource)
        }
        // Without Huffman tables, libjpeg takes those of the standard.
        let bare = without(0xC4)
        let isDecoded = (try? ImageDecoder().decode(bare)) != nil
        #expect(((try? MediaFiles().checkedEntryPoints(of: bare)) != nil) == isDecoded)
    }

    @Test func `files without entry points, and bytes that are no picture, get none`() throws {
        func found(_ bytes: [UInt8]) throws -> [UInt8] {
            var result: [UInt8] = []
            try MediaFiles().appendEntryPoints(of: bytes.span, to: &result)
            return result
        }
        let file = try ImageFixture.bytes("jpeg/video-001.jpeg")
        #expect(try found(file).count == 4 + 10 * 26)
        #expect(try Array(found(file)[..<4]) == [16, 0, 0, 0])
        for name in ["jpeg/video-001.progressive.jpeg", "jpeg/video-001.cmyk.jpeg", "pngsuite/basn2c08.png"] {
            #expect(try found(ImageFixture.bytes(name)).isEmpty)
        }
        for count in [0, 1, 2, 3, 100, 5000, file.count - 2000, file.count - 3] {
            #expect(try found(Array(file[..<count])).isEmpty, "\(count)")
        }
    }
}
