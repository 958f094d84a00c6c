// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import Foundation
import Testing

@Suite struct LineStreamTests {
    @Test(arguments: [
        ("a\nb\n", ["t=a", "t=b"]), ("a\nb", ["t=a", "t=b"]), ("a\r\n\r\n", ["t=a\r", "t=\r"]),
        ("\n\na\n \n", ["t=", "t=", "t=a", "t= "]), ("", []), ("\n", ["t="]), ("\u{FEFF}ä\rb", ["t=ä\rb"]),
    ])
    func `lines end only at LF`(_ text: String, _ expected: [String]) throws {
        let stream = try Stream.lines(text: text, key: "t")
        #expect(stream.schema.map(\.description) == ["t bytes"])
        #expect(outcomes(of: stream) == expected)
        #expect(try expectResumable(stream))
        for bytes in [Array(text.utf8), gzipped(Array(text.utf8))] {
            try withTemporaryFile(bytes) { path in
                for readSize in [1, 2, 3, 1 << 20] {
                    let stream = try Stream.lines(.file(path), key: "t", readSize: readSize)
                    #expect(outcomes(of: stream) == expected)
                    #expect(try expectResumable(stream))
                }
            }
        }
    }

    @Test func `any bytes are lines`() throws {
        let stream = try Stream.lines(bytes: [0, 0xFF, 10, 0xC3, 10], key: "x")
        var pass = stream.makeIterator()
        #expect(try pass.next()?["x"].elements(as: UInt8.self) == [0, 0xFF])
        #expect(try pass.next()?["x"].elements(as: UInt8.self) == [0xC3])
        #expect(try pass.next() == nil)
    }

    @Test func `truncated gzip gives the complete lines before, and then an error`() throws {
        let text = (0..<100).map { "line \($0)\n" }.joined()
        let packed = gzipped(Array(text.utf8))
        for count in [1, 5, 40, 300, packed.count - 1] where count > 1 {
            do {
                let found = try outcomes(of: .lines(bytes: Array(packed[..<count]), name: "cut", key: "t"))
                #expect(found.last?.hasPrefix("cut, byte ") == true, "\(found.last ?? "")")
                #expect(found.dropLast().elementsEqual((0..<found.count - 1).map { "t=line \($0)" }))
                #expect(found.count > 1 || count < 40)
            } catch {
                #expect(count < 40 && error.code == .invalidSource)
            }
        }
    }

    @Test func `a missing file and an invalid key are errors`() {
        let missing = #expect(throws: ColonnadeError.self) { _ = try Stream.lines("/nowhere/x", key: "t") }
        #expect(missing?.code == .fileNotFound && missing?.place == .file("/nowhere/x"))
        #expect(throws: ColonnadeError.self) { _ = try Stream.lines(text: "a", key: "") }
    }

    @Test func `a file with a decompressor is read as plain text`() throws {
        struct Broken: Error {}
        // A text that begins with the first bytes of a bzip2 file.
        let magic = Array("BZh91AY&SY".utf8)
        let unpacking: Colonnade.Stream.Unpacking = { bytes, name in
            #expect(bytes.starts(with: magic) && !name.isEmpty)
            if bytes.count == magic.count { throw Broken() }
            return Array(bytes[magic.count...])
        }
        try withFolder(["a": "BZh91AY&SYx\n1\n", "b": "x\n2", "c": "BZh91AY&SY"]) { folder in
            let names = try Stream.lines(text: "a\nb\nc\na", key: "file")
            let lines = try names.lines(fromFile: "file", folder: folder, as: "line", unpacking: unpacking)
            let found = outcomes(of: lines)
            #expect(found.filter { $0.hasPrefix("line=") }.map { $0.dropFirst(5) } == ["x", "1", "x", "2", "x", "1"])
            #expect(found.contains { $0.contains("\(folder)/c") && $0.contains("threw Broken()") })
            let rows = try names.prefix(2).csvRows(fromFile: "file", folder: folder, unpacking: unpacking)
            #expect(outcomes(of: rows) == ["x=1", "x=2"])
            let schema = try Schema([Field("text", kind: .bytes)])
            let values = try Colonnade.Stream(giving: schema.fields) { _ in
                [Sample(schema: schema, tensors: [Tensor(utf8: "BZh91AY&SYonly")])]
            }
            #expect(outcomes(of: try values.lines(fromBytes: "text", as: "l", unpacking: unpacking)) == ["l=only"])
            let refused = outcomes(of: try names.prefix(1).lines(fromFile: "file", folder: folder, as: "line"))
            #expect(refused.count == 1 && refused[0].contains("bzip2 -d"))
        }
    }

    @Test func `files that samples name are read one after another`() throws {
        try withFolder(["a.txt": "1\n2\n", "b.txt": "", "c.csv": "x,y\n3,4\n", "d.csv": "y,z,x\n5,6,7\n8\n"]) {
            folder in
            let names = try Stream.lines(text: "a.txt\nb.txt\n\(folder)/a.txt\nno.txt\na.txt", key: "file")
            let lines = try names.lines(fromFile: "file", folder: folder, as: "line")
            #expect(lines.schema.names == ["line"])
            let found = outcomes(of: lines)
            #expect(
                found.filter { $0.hasPrefix("line=") } == ["line=1", "line=2", "line=1", "line=2", "line=1", "line=2"])
            #expect(found[4].hasPrefix("\(folder)/no.txt: "))

            let files = try Stream.lines(text: "b.txt\nc.csv\nd.csv\nc.csv", key: "file")
            let chosen = try files.csvRows(fromFile: "file", folder: folder, columns: ["y"])
            let rows = outcomes(of: chosen)
            #expect(rows.filter { $0.hasPrefix("y=") } == ["y=4", "y=5", "y=4"])
            #expect(rows[2].hasPrefix("\(folder)/d.csv, record 2: line 3: 1 field"))

            let all = try files.csvRows(fromFile: "file", folder: folder)
            #expect(all.schema.names == ["x", "y"])
            #expect(outcomes(of: all)[0] == "x=3|y=4")
            #expect(outcomes(of: all)[1].contains("the first file had no column \"z\""))
            #expect(outcomes(of: all).last == "x=3|y=4")
            let absent = try outcomes(of: files.csvRows(fromFile: "file", folder: folder + "/", columns: ["z"]))
            #expect(absent.count == 4 && absent[0].contains("c.csv, column \"z\": the header has no column"))
            #expect(try expectResumable(lines.prefix(3)))
            #expect(
                try expectResumable(try files.csvRows(fromFile: "file", folder: folder, columns: ["x", "y"]).prefix(3)))
            #expect(throws: ColonnadeError.self) { _ = try names.csvRows(fromFile: "file", folder: folder + "/no") }
        }
    }

    @Test func `files in memory are read one after another`() throws {
        let contents = [Array("a,b\n1,2\n".utf8), [], gzipped(Array("b,a\n\"4\",3\n".utf8))]
        let files = try Stream(giving: [Field("file", kind: .bytes), Field("id", .int64)]) { _ in
            contents.map { bytes in
                Sample(schema: Self.schema, tensors: [Tensor(bytes), Tensor(scalar: Int64(1))])
            }
        }
        let rows = try files.csvRows(fromBytes: "file")
        #expect(outcomes(of: rows) == ["a=1|b=2", "a=3|b=4"])
        #expect(try expectResumable(rows))
        let threaded = try files.prefetched(depth: 2, threads: 2).csvRows(fromBytes: "file", columns: ["b"]).batched(
            by: 2)
        #expect(outcomes(of: threaded) == ["b=24"])
        #expect(
            try outcomes(of: files.lines(fromBytes: "file", as: "line")) == [
                "line=a,b", "line=1,2", "line=b,a", "line=\"4\",3",
            ])
        for make in [{ try files.lines(fromBytes: "id", as: "x") }, { try files.lines(fromFile: "no", as: "x") }] {
            #expect(throws: ColonnadeError.self) { _ = try make() }
        }
        #expect(try outcomes(of: files.csvRows(fromFile: "file", columns: [])).count == 3)
    }

    private static let schema = (try? Schema([Field("file", kind: .bytes), Field("id", .int64)]))!

    private func withFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = "\(FileManager.default.temporaryDirectory.path)/colonnade-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files { try write(text, to: "\(folder)/\(name)") }
        try body(folder)
    }
}
