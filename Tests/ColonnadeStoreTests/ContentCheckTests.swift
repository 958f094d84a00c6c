// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeStore
import ColonnadeStoreTestSupport
import Testing

/// Tests verification of values, which reads pieces of 64 KiB, independently of the ends of rows and characters.
@Suite struct ContentCheckTests {
    @Test(arguments: [ColumnCodec.plain, .zlib, .zstd, .lz4])
    func `characters may cross pieces, and rows may have any length`(codec: ColumnCodec) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("data")
        let schema = try Schema([Field("text", kind: .string), Field("flags", .bool, [nil])])
        var options = WriterOptions()
        options.defaultCodec = codec
        let texts = [
            "a" + String(repeating: "é", count: 70_000), "", String(repeating: "😀", count: 40_000), "x",
            String(repeating: "€", count: 65_536), "",
        ]
        let flags = [200_000, 0, 65_536, 1, 65_535, 3]
        let rows = [
            texts.map { StoredValue(bytes: Array($0.utf8)) },
            flags.map { StoredValue(bytes: [UInt8](repeating: 1, count: $0)) },
        ]
        try write(rows, schema, to: path, options: options)
        #expect(try DatasetVerifier.verify(path: path).problems == [])
    }

    @Test func `names, labels and metadata with a NUL character are refused when they are written`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("data")
        #expect(throws: ColonnadeError.self) { try Schema([Field("b\0z", .uint8)]) }
        let labelled = try Schema([Field("b", .uint8, meaning: .classLabels(["x", "y\0"]))])
        #expect(throws: ColonnadeError.self) { _ = try DatasetWriter(creating: path, schema: labelled) }
        for (key, value) in [("k\0", "v"), ("k", "v\0")] {
            var options = WriterOptions()
            options.metadata = [key: value]
            let error = #expect(throws: ColonnadeError.self) {
                _ = try DatasetWriter(creating: path, schema: Schema([Field("b", .uint8)]), options: options)
            }
            #expect(error?.message.contains("NUL") == true && error?.message.contains("\0") == false)
        }
    }
}
