// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeMedia
import ColonnadeStore
import Foundation
import Testing

/// Tests of sources of encoded files. Those of Python have more, since they read the same core.
@Suite struct FolderSourceTests {
    private var options: IngestOptions {
        var options = IngestOptions()
        options.media = MediaFiles()
        return options
    }

    /// Makes a folder of three pictures in two classes.
    private func pets(_ scratch: Scratch) throws -> String {
        for (name, file) in [("cat/1", "rgb.bmp"), ("cat/2", "gray.pgm"), ("dog/1", "lossy.webp")] {
            let folder = scratch.path(String(name.prefix(3)))
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try scratch.write(try contents(fixture("images/made/\(file)")), name)
        }
        return scratch.folder
    }

    @Test func `the rows of a folder do not depend on the limits of a chunk`() throws {
        let scratch = try Scratch()
        let path = try pets(scratch)
        var raw = options
        raw.images = ["image": .raw]
        for options in [options, raw] {
            #expect(try checkSource { try FolderSource(path: path, options: options) } == [])
        }
        let source = try FolderSource(path: path, options: options)
        #expect(source.schema.names == ["image", "label", "file"])
        #expect(source.schema[0].meaning == .media("image/*"))
        #expect(source.schema[1].meaning == .classLabels(["cat", "dog"]))
        let rows = try rows(of: source)
        #expect(rows.map { $0[2].bytes } == ["cat/1", "cat/2", "dog/1"].map { Array($0.utf8) })
        #expect(rows.map { $0[1].bytes[0] } == [0, 0, 1])
        #expect(rows[1][0].bytes == (try contents(fixture("images/made/gray.pgm"))))
    }

    @Test func `bad files are collected, and pictures need a reader`() throws {
        let scratch = try Scratch()
        let path = try pets(scratch)
        try scratch.write([1, 2, 3], "dog/2")
        var options = options
        #expect(throws: ColonnadeError.self) { _ = try FolderSource(path: path, options: options) }
        let skipped = SkippedFiles()
        options.skipped = skipped
        let source = try FolderSource(path: path, options: options)
        #expect(try rows(of: source).count == 3 && source.rowCount == nil)
        #expect(skipped.count == 1 && skipped.reasons[0].hasPrefix("dog/2: it is neither a picture"))
        options.media = nil
        let error = #expect(throws: ColonnadeError.self) { _ = try FolderSource(path: path, options: options) }
        #expect(error?.code == .unsupported && error?.message.contains("MediaFiles()") == true)
    }

    @Test func `the samples of an archive do not depend on the limits of a chunk`() throws {
        let scratch = try Scratch()
        var archive = TarBuilder()
        for (key, file) in [("1", "rgb.bmp"), ("2", "rgb.tga")] {
            archive.add("\(key).jpg", try contents(fixture("images/made/\(file)")))
            archive.add("\(key).json", Array("{\"a\": \(key),\n\"b\": \"x\"}".utf8))
            archive.add("\(key).cls", Array("-\(key)".utf8))
        }
        let path = try scratch.write(archive.finished, "a.tar")
        #expect(try checkSource { try WebDatasetSource(paths: [path, path], options: options) } == [])
        let source = try WebDatasetSource(paths: [path, path], options: options)
        #expect(source.schema.names == ["jpg", "cls", "__key__", "json.a", "json.b"] && source.rowCount == 4)
        let rows = try rows(of: source)
        #expect(rows[3][1].bytes == [254] + [UInt8](repeating: 255, count: 7) && rows[3][3].bytes[0] == 2)
    }

    @Test func `a storage of pictures is parsed and written`() throws {
        for text in ["encoded", "raw", "encoded,max-side=512,quality=90"] {
            #expect(try PictureStorage(parsing: text).description == text)
        }
        #expect(try PictureStorage(parsing: "encoded,max-side=7") == .reduced(side: 7, quality: 90))
        for text in ["", "raw,", "encoded,max-side", "encoded,max-side=1,max-side=2", "encoded,max-side=70000"] {
            #expect(throws: ColonnadeError.self, "\(text)") { _ = try PictureStorage(parsing: text) }
        }
    }

    @Test func `a folder is appended to files of other types, but not to other classes`() throws {
        let (scratch, other) = (try Scratch(), try Scratch())
        let path = try pets(scratch)
        let target = other.path("pets.colonnade")
        _ = try Ingestor(paths: ["\(path)//"], options: options).write(to: target)
        try FileManager.default.removeItem(atPath: "\(path)/cat/1")
        try FileManager.default.removeItem(atPath: "\(path)/cat/2")
        // All files that are left are WebP, and the column has files of any type.
        let summary = try Ingestor(paths: [path], appendingTo: target, options: options).append()
        #expect(summary.rowCount == 4)
        try FileManager.default.removeItem(atPath: "\(path)/cat")
        let error = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [path], appendingTo: target, options: options).append()
        }
        #expect(error?.message.contains("\"label\" has other labels in") == true)
    }
}
