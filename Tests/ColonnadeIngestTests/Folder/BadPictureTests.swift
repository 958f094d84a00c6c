// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeMedia
import ColonnadeStore
import Foundation
import Testing

/// Tests of pictures that end early or are damaged, in each source of encoded files.
@Suite struct BadPictureTests {
    private var options: IngestOptions {
        var options = IngestOptions()
        options.media = MediaFiles()
        return options
    }

    private func refusal(of path: String, _ options: IngestOptions, _ scratch: Scratch) throws -> String {
        do {
            _ = try Ingestor(paths: [path], options: options).write(to: scratch.path("bad"))
        } catch {
            return error.message
        }
        return "no error"
    }

    @Test func `files that end early are listed or left out, in each source`() throws {
        let scratch = try Scratch()
        let png = try contents(fixture("images/pngsuite/basn2c08.png"))
        let jpeg = try contents(fixture("images/jpeg/video-001.jpeg"))
        let files = [("a.png", png), ("b.png", Array(png.dropLast(5))), ("c.jpg", Array(jpeg.dropLast(900)))]
        var archive = TarBuilder()
        try FileManager.default.createDirectory(atPath: scratch.path("pets"), withIntermediateDirectories: true)
        for (name, file) in files {
            try scratch.write(file, "pets/\(name)")
            archive.add("\(name.prefix(1)).jpg", file)
        }
        let tar = try scratch.write(archive.finished, "a.tar")
        let list = files.map { "{\"id\":\($0.1.count),\"file_name\":\"\($0.0)\"}" }.joined(separator: ",")
        let annotations = try scratch.write(
            Array("{\"images\":[\(list)],\"annotations\":[],\"categories\":[]}".utf8), "coco.json")
        let folder = scratch.path("pets")
        for path in [folder, tar, annotations] {
            var options = options
            options.imageRoot = path == annotations ? folder : nil
            let message = try refusal(of: path, options, scratch)
            #expect(message.contains("2 of its 3 files are bad"), "\(message)")
            #expect(message.contains("its data end early, after \(png.count - 5) bytes"), "\(message)")
            #expect(message.contains("its data end early, after \(jpeg.count - 900) bytes"), "\(message)")
            let skipped = SkippedFiles()
            options.skipped = skipped
            let summary = try Ingestor(paths: [path], options: options).write(
                to: scratch.path("\(path.count).good"))
            #expect(summary.rowCount == 1 && skipped.count == 2)
        }
    }

    @Test func `damaged code of a JPEG file is found while its entry points are`() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path("pets"), withIntermediateDirectories: true)
        let jpeg = try contents(fixture("images/jpeg/video-001.jpeg"))
        var damaged = jpeg
        damaged.removeSubrange(3000..<4000)
        let files = [("a.jpg", jpeg), ("b.jpg", damaged), ("c.jpg", jpeg)]
        for (name, file) in files { try scratch.write(file, "pets/\(name)") }
        for storage in [PictureStorage.encoded, .baseline, .mixed(share: 1), .reduced(side: 1000, quality: 90)] {
            var options = options
            options.images = ["image": storage]
            let message = try refusal(of: scratch.path("pets"), options, scratch)
            #expect(message.contains("b.jpg: the picture is damaged: JPEG: "), "\(storage): \(message)")
            #expect(message.contains("--skip-bad") && !message.contains("c.jpg"), "\(message)")
            let skipped = SkippedFiles()
            options.skipped = skipped
            let target = scratch.path("\(storage)")
            _ = try Ingestor(paths: [scratch.path("pets")], options: options).write(to: target)
            let written = try StoredDataset(path: target)
            #expect(written.rowCount == 2 && skipped.reasons.count == 1)
            var expected: [UInt8] = []
            try MediaFiles().appendEntryPoints(of: jpeg.span, to: &expected)
            for row in 0..<2 {
                let found = try written.entryPoints(ofRow: row, column: 0, from: TensorPool(keeping: 0))
                #expect(try found?.elements(as: UInt8.self) == expected && !expected.isEmpty)
            }
        }
    }
}
