// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeMedia
import Foundation
import Testing

/// Tests of the numbers of annotations. Those of Python have more, since they read the same core.
@Suite struct COCOSourceTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        // The second picture is 150 × 103 pixels once it is upright.
        for (name, file) in [("a.jpg", "jpeg/video-001.jpeg"), ("b.jpg", "made/orientation-6.jpg")] {
            try scratch.write(try contents(fixture("images/\(file)")), name)
        }
    }

    /// Opens annotations of one box in the first picture.
    private func source(
        bbox: String = "[1,2,3,4]", area: String = "5.5", size: String = "", file: String = "a.jpg",
        _ change: (inout IngestOptions) -> Void = { _ in }
    ) throws -> COCOSource {
        let text = """
            {"images":[{"id":1,"file_name":"\(file)"\(size)}],"categories":[{"id":1,"name":"cat"}],"annotations":[{"id":1,
            "image_id":1,"category_id":1,"bbox":\(bbox),"area":\(area),"iscrowd":0}]}
            """
        let path = try scratch.write(Array(text.utf8), "coco.json")
        var options = IngestOptions()
        options.media = MediaFiles()
        options.imageRoot = scratch.folder
        change(&options)
        return try COCOSource(path: path, options: options)
    }

    private func floats(_ bytes: [UInt8]) -> [Float] {
        stride(from: 0, to: bytes.count, by: 4).map { start in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) })
        }
    }

    private func refusal(_ body: () throws -> COCOSource) -> String {
        do {
            var source: COCOSource? = try body()
            while try source?.nextChunk(rowLimit: 9, byteLimit: 1 << 20) != nil {}
            source = nil
        } catch {
            return "\(error)"
        }
        return "no error"
    }

    @Test func `decimals become the nearest float32, and whole numbers are exact or an error`() throws {
        let row = try rows(of: try source(bbox: "[97.01,-2,16777216,0.0]", area: "702.1057499999998"))[0]
        #expect(floats(row[1].bytes) == [97.01, -2, 16_777_216, 0] && floats(row[3].bytes) == [702.10575])
        for number in ["16777217", "16777217.0", "9007199254740993", "1e20"] {
            let message = refusal { try source(bbox: "[0,0,\(number),1]") }
            #expect(message.contains("annotation 0 has a bbox with "), "\(message)")
            #expect(
                message.contains("a whole number that float32 does not hold: leave the column boxes out"), "\(message)")
        }
        #expect(refusal { try source(area: "16777217") }.contains("leave the column area out"))
        // A column that is left out may have any number.
        let some = try source(area: "16777217") { $0.columns = ["image", "boxes"] }
        #expect(some.schema.names.contains("boxes"))
    }

    @Test func `numbers beyond float32 and negative sizes are errors`() throws {
        for number in ["1e39", "-1e300", "1e999"] {
            #expect(refusal { try source(bbox: "[\(number),0,1,1]") }.contains("beyond the range of float32"))
        }
        #expect(
            refusal { try source(bbox: "[0,0,1,-2.5]") }.contains(
                "annotation 0 has a bbox with the negative width or height -2.5"))
        #expect(refusal { try source(area: "-1") }.contains("annotation 0 has an area with the negative number -1"))
        #expect(refusal { try source(bbox: "[0,0,1,null]") }.contains("that is no list of 4 numbers"))
        // Columns that are left out may have any number, and pictures any size.
        let labels = { (options: inout IngestOptions) in options.columns = ["image", "labels"] }
        for number in ["1e39", "-1", "16777217"] {
            #expect(try rows(of: try source(bbox: "[0,0,1,\(number)]", area: number, labels)).count == 1)
        }
        #expect(try rows(of: try source(size: ",\"width\":1,\"height\":\"2\"", labels)).count == 1)
        let message = refusal { try source(size: ",\"width\":1") { $0.columns = ["image", "area"] } }
        #expect(message.contains("tell of a width"), "\(message)")
    }

    @Test func `a picture has the size of its entry`() throws {
        let correct = ",\"width\":150,\"height\":103.0"
        #expect(try rows(of: try source(size: correct)).count == 1)
        #expect(try rows(of: try source(size: ",\"width\":null")).count == 1)
        let message = refusal { try source(size: ",\"width\":103,\"height\":150") }
        #expect(
            message.contains(
                "a.jpg: it has 150 × 103 pixels, and its annotations tell of 103 × 150 pixels: replace it, or correct them"
            ),
            "\(message)")
        #expect(refusal { try source(size: ",\"height\":104") }.contains("tell of a height of 104 pixels"))
        #expect(refusal { try source(size: ",\"width\":\"150\"") }.contains("image 0 has a width that is no integer"))
        let skipped = SkippedFiles()
        #expect(try rows(of: try source(size: ",\"width\":1") { $0.skipped = skipped }).isEmpty && skipped.count == 1)
    }

    @Test func `a turned picture may have either size, unless its pixels are stored`() throws {
        let header = try ImageHeader(of: try contents(fixture("images/made/orientation-6.jpg")))
        let (width, height) = (header.width, header.height)
        #expect(width != height && header.orientation == 6)
        let stored = ",\"width\":\(width),\"height\":\(height)"
        let upright = ",\"width\":\(height),\"height\":\(width)"
        for size in [stored, upright] {
            #expect(try rows(of: try source(size: size, file: "b.jpg")).count == 1)
        }
        let raw = { (options: inout IngestOptions) in options.images = ["image": .raw] }
        #expect(try rows(of: try source(size: upright, file: "b.jpg", raw)).count == 1)
        #expect(refusal { try source(size: stored, file: "b.jpg", raw) }.contains("its annotations tell of"))
    }

    @Test func `boxes are refused beside pictures that become smaller`() throws {
        let smaller = { (options: inout IngestOptions) in options.images = ["image": .reduced(side: 50, quality: 90)] }
        #expect(refusal { try source(smaller) }.contains("but not boxes and area, in pixels of the files"))
        let some = try source {
            smaller(&$0)
            $0.columns = ["image", "labels"]
        }
        #expect(try rows(of: some).count == 1)
        for column in ["boxes", "area"] {
            let message = refusal {
                try source {
                    smaller(&$0)
                    $0.columns = ["image", column]
                }
            }
            #expect(message.contains("but not \(column), in pixels of the files"), "\(message)")
            #expect(message.contains("leave \(column) out (--columns)"), "\(message)")
        }
    }
}
