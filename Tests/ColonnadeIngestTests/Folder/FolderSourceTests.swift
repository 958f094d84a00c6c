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

    @Test func `samples do not depend on the chosen columns`() throws {
        let scratch = try Scratch()
        for members in [["a.txt", "a.cls", "b.txt"], ["a.txt", "b.json", "a.cls"]] {
            var archive = TarBuilder()
            for name in members { archive.add(name, Array("1".utf8)) }
            let path = try scratch.write(archive.finished, "a.tar")
            var options = options
            options.columns = members[1] == "a.cls" ? ["cls"] : ["txt", "cls"]
            let error = #expect(throws: ColonnadeError.self) { _ = try Ingestor(paths: [path], options: options) }
            #expect(error?.message.contains("samples are incomplete") == true)
        }
    }

    @Test func `skipping leaves out few samples, and no rows of sources side by side`() throws {
        let scratch = try Scratch()
        var archive = TarBuilder()
        for key in ["a", "b", "c"] { archive.add("\(key).cls", Array("1".utf8)) }
        let labels = try scratch.write(archive.finished, "labels.tar")
        archive.add("c.txt", Array("x".utf8))
        let stray = try scratch.write(archive.finished, "stray.tar")
        var options = options
        options.skipped = SkippedFiles()
        let error = #expect(throws: ColonnadeError.self) { _ = try Ingestor(paths: [stray], options: options) }
        #expect(error?.message.contains("2 of 3 samples are incomplete). --skip-bad does not") == true)
        let (pictures, target) = (try Scratch(), scratch.path("o.colonnade"))
        options.columns = ["cls", "image"]
        let beside = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [labels, try pets(pictures)], options: options)
        }
        #expect(beside?.message.contains("ingest them apart, or without --skip-bad") == true)
        options.skipped = nil
        #expect(try Ingestor(paths: [labels, pictures.folder], options: options).write(to: target).rowCount == 3)
    }

    @Test func `pictures are appended in the storage of the data set`() throws {
        let (scratch, other) = (try Scratch(), try Scratch())
        let (path, target) = (try pets(scratch), other.path("pets.colonnade"))
        var reduced = options
        reduced.images = ["image": .reduced(side: 8, quality: 90)]
        _ = try Ingestor(paths: [path], options: reduced).write(to: target)
        let error = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [path], appendingTo: target, options: options)
        }
        #expect(error?.message.contains("(--image image=encoded,max-side=8,quality=90)") == true)
        #expect(try Ingestor(paths: [path], appendingTo: target, options: reduced).append().rowCount == 6)
    }

    @Test func `lengths of sound are appended only to a data set that has them`() throws {
        let (scratch, targets) = (try Scratch(), try Scratch())
        let header = Array("RIFF".utf8) + [40, 0, 0, 0] + Array("WAVEfmt ".utf8) + [16, 0, 0, 0, 1, 0, 1, 0]
        let format: [UInt8] = [64, 31, 0, 0, 128, 62, 0, 0, 2, 0, 16, 0]
        try scratch.write(header + format + Array("data".utf8) + [4, 0, 0, 0, 1, 0, 2, 0], "a.wav")
        let plain = options
        var measuring = options
        measuring.audioInfo = true
        for (first, second, remedy) in [
            (measuring, plain, "was made with --audio-info: give it here too"),
            (plain, measuring, "was made without --audio-info: leave it out here too"),
        ] {
            let target = targets.path("\(first.audioInfo)")
            _ = try Ingestor(paths: [scratch.folder], options: first).write(to: target)
            #expect(
                try Ingestor(paths: [scratch.folder], appendingTo: target, options: first).append().rowCount == 2)
            let error = #expect(throws: ColonnadeError.self) {
                _ = try Ingestor(paths: [scratch.folder], appendingTo: target, options: second)
            }
            #expect(error?.message.hasSuffix(remedy) == true, "\(String(describing: error))")
        }
    }

    @Test func `stored pictures have the pixels of their files, in each storage that loses nothing`() throws {
        let (scratch, other) = (try Scratch(), try Scratch())
        let names = [
            "jpeg/video-001.jpeg", "jpeg/video-001.progressive.jpeg", "jpeg/video-001.q50.422.progressive.jpeg",
            "made/gray.pgm",
            "made/lossless-rgba.webp", "made/orientation-6.jpg", "made/rgb.bmp", "made/rgb.gif",
            "pngsuite/basn0g08.png",
        ]
        let files = try names.map { try contents(fixture("images/\($0)")) }
        for (index, file) in files.enumerated() { try scratch.write(file, "\(index)") }
        /// Returns the indices of the files that are stored as others, with the first two bytes of these.
        func changed(_ text: String) throws -> [Int: String] {
            var options = options
            options.images = ["image": try PictureStorage(parsing: text)]
            let path = other.path(text)
            _ = try Ingestor(paths: [scratch.folder], options: options).write(to: path)
            let dataset = try StoredDataset(path: path)
            #expect(dataset.schema[0].meaning == .media("image/*") && dataset.hasEntryPoints(ofColumn: 0))
            #expect(dataset.metadata.map(\.value) == (text == "encoded" ? [] : [text]))
            var result: [Int: String] = [:]
            for (row, file) in files.enumerated() {
                let stored = try dataset.row(row, columns: [0])[0].elements(as: UInt8.self)
                let (pixels, expected) = (try ImageDecoder().decode(stored), try ImageDecoder().decode(file))
                #expect(pixels == expected, "\(text), \(names[row])")
                if stored != file {
                    result[row] = stored[0] == 0xFF ? "JPEG" : String(decoding: stored[..<2], as: UTF8.self)
                }
                let isLarger = stored.count > pixels.count + 20
                #expect(text != "raw-if-small" || stored == file || (!isLarger && stored.count <= file.count + 20))
            }
            return result
        }
        #expect(try changed("encoded") == [:])
        #expect(try changed("encoded,baseline") == [1: "JPEG", 2: "JPEG"])
        #expect(try changed("raw-if-small") == [6: "P6", 7: "P6"])
        #expect(try changed("mixed=0.1") == [0: "P6", 1: "P6", 6: "P6", 7: "P6", 8: "P5"])
    }

    @Test func `the names of files are never missing`() throws {
        let scratch = try Scratch()
        try scratch.write(try contents(fixture("images/made/rgb.bmp")), "NA")
        try scratch.write(Array("file_name,x\nNA,NA\n".utf8), "metadata.csv")
        var options = options
        options.text.masks = true
        options.text.missing = ["NA"]
        options.fills = ["x": "7"]
        options.types = ["x": RequestedType(.int64)]
        let source = try FolderSource(path: scratch.folder, options: options)
        #expect(source.schema.names == ["image", "x", "x.valid", "file"])
        let rows = try rows(of: source)
        #expect(rows.count == 1 && rows[0][1].bytes[0] == 7 && rows[0][2].bytes == [0])
    }

    @Test func `a storage of pictures is parsed and written`() throws {
        for text in [
            "encoded", "encoded,baseline", "raw", "raw-if-small", "mixed=0.5", "encoded,max-side=512,quality=90",
        ] {
            #expect(try PictureStorage(parsing: text).description == text)
        }
        #expect(try PictureStorage(parsing: "encoded,max-side=7") == .reduced(side: 7, quality: 90))
        #expect(try PictureStorage(parsing: "mixed=1") == .mixed(share: 1))
        for text in [
            "", "raw,", "encoded,", "baseline", "encoded,baseline,quality=90", "mixed=0", "mixed=1.1", "mixed=nan",
            "mixed=",
            "mixed=0.5,raw", "encoded,max-side", "encoded,max-side=1,max-side=2", "encoded,max-side=70000",
        ] {
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
        #expect(error?.message.contains("\"label\" has the classes ") == true)
        #expect(error?.code == .invalidSource && error?.message.contains("--labels-by-name") == true)
        // By their names, classes get the numbers of the data set.
        let before = try StoredDataset(path: target)
        var mapping = options
        mapping.mapsClassesByName = true
        _ = try Ingestor(paths: [path], appendingTo: target, options: mapping).append()
        let (schema, chunk) = try IngestorTests.stored(target)
        #expect(schema == before.schema && chunk.rowCount == before.rowCount + 1)
        #expect(chunk.columns[1].values.suffix(8) == [1, 0, 0, 0, 0, 0, 0, 0])
        try FileManager.default.moveItem(atPath: "\(path)/dog", toPath: "\(path)/wolf")
        let unknown = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [path], appendingTo: target, options: mapping).append()
        }
        #expect(unknown?.message.contains("the class \"wolf\" of \"label\"") == true)
        #expect(try StoredDataset(path: target).rowCount == chunk.rowCount)
    }
}
