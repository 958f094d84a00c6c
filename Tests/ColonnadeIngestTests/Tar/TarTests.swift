// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct TarTests {
    private func index(_ bytes: [UInt8], isNested: Bool = false) throws(ColonnadeError) -> TarIndex {
        try TarIndex("a.tar", byteCount: bytes.count, isNested: isNested) { range in Array(bytes[range]) }
    }

    private func files(_ bytes: [UInt8], isNested: Bool = false) throws -> [String: String] {
        let index = try index(bytes, isNested: isNested)
        let pairs = zip(index.names, index.ranges).map { name, range in
            (String(decoding: name, as: UTF8.self), String(decoding: bytes[range], as: UTF8.self))
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    private func expect(_ words: String..., of bytes: [UInt8], isNested: Bool = false) {
        let error = #expect(throws: ColonnadeError.self) { try index(bytes, isNested: isNested) }
        #expect(error?.code == .invalidSource)
        for word in words { #expect(error?.description.contains(word) == true, "\(String(describing: error))") }
    }

    /// An archive with every form of name.
    private var mixed: TarBuilder {
        var tar = TarBuilder()
        tar.add("plain", Array("1".utf8))
        tar.add("folder/", type: "5")
        tar.add("inner", Array("22".utf8), prefix: "outer/middle")
        tar.add("link", type: "2")
        tar.add("hard", type: "1", size: Array("00000000777".utf8), link: "plain")
        tar.add("././@LongLink", Array((String(repeating: "long/", count: 40) + "g\u{0}").utf8), type: "L", isGNU: true)
        tar.add("long/", Array("333".utf8), isGNU: true)
        tar.add(records: [("mtime", "1.5"), ("path", "é/\u{1F600}"), ("size", "4")])
        tar.add("short", Array("4444".utf8), size: Array("00000000000".utf8))
        tar.add("old", Array("55555".utf8), type: "\0")
        tar.add("old folder/", type: "\0")
        tar.add("../up", Array("6".utf8), type: "7")
        tar.add("/whole", Array("7".utf8))
        tar.add("volume", Array("label".utf8), type: "V")
        tar.add("big", Array("8".utf8), size: [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        tar.add("plain", Array("last".utf8))
        return tar
    }

    @Test func `a hard link has the contents of the member before it`() throws {
        let long = String(repeating: "x", count: 120)
        var tar = TarBuilder()
        tar.add("a", Array("1".utf8))
        tar.add("b", type: "1", link: "./a")
        tar.add("a", Array("22".utf8))
        tar.add("c", type: "1", link: "a")
        tar.add("d", type: "1", link: "b")
        tar.add(records: [("path", long)])
        tar.add("short", Array("333".utf8))
        tar.add(records: [("linkpath", long)])
        tar.add("e", type: "1", link: "short")
        tar.add("././@LongLink", Array((long + "\u{0}").utf8), type: "K", isGNU: true)
        tar.add("f", type: "1", isGNU: true, link: "short")
        tar.add("g", type: "1", link: "a")
        #expect(
            try files(tar.finished) == [
                "a": "22", "b": "1", "c": "22", "d": "1", long: "333", "e": "333", "f": "333", "g": "22",
            ])
        // A link to a member without contents has none.
        tar.add("soft", type: "2", link: "a")
        tar.add("h", type: "1", link: "soft")
        #expect(try files(tar.finished)["h"] == nil)
        tar.add("i", type: "1", link: "later")
        tar.add("later", Array("5".utf8))
        expect("\"i\" is a hard link to \"later\", which is no earlier member", of: tar.finished)
        var inner = TarBuilder()
        inner.add("x", Array("6".utf8))
        inner.add("y", type: "1", link: "x")
        var outer = TarBuilder()
        outer.add("in/n.tar", inner.finished)
        outer.add("in/m", type: "1", link: "in/n.tar")
        let found = try files(outer.finished, isNested: true)
        #expect(found["in/n/x"] == "6" && found["in/n/y"] == "6" && found.count == 3)
    }

    @Test func `an archive in the archive has one name`() throws {
        // Each level would double the number of members.
        for name in ["b.tar", "x/b.tar", "x/.tar"] {
            var archive = TarBuilder()
            archive.add("file", Array("1".utf8))
            for _ in 0..<28 {
                var outer = TarBuilder()
                outer.add("a.tar", archive.finished)
                outer.add(name, type: "1", link: "a.tar")
                archive = outer
            }
            expect(
                "/\(name)\" is a hard link to \"a.tar\", an archive whose members would have two names",
                of: archive.finished, isNested: true)
            #expect(try files(archive.finished).keys.sorted() == ["a.tar", name])
        }
    }

    @Test func `names of all forms, and only regular files`() throws {
        let expected = [
            "plain": "last", "hard": "1", "outer/middle/inner": "22",
            String(repeating: "long/", count: 40) + "g": "333",
            "é/\u{1F600}": "4444", "old": "55555", "../up": "6", "/whole": "7", "big": "8",
        ]
        #expect(try files(mixed.finished) == expected)
        let names = try index(mixed.finished).names.map { String(decoding: $0, as: UTF8.self) }
        #expect(names.prefix(2) == ["plain", "outer/middle/inner"] && names.last == "big")
        #expect(try index(mixed.finished).range(of: Array("none".utf8)) == nil)
        #expect(try files(TarBuilder().finished).isEmpty)
        var global = TarBuilder()
        global.add(records: [("size", "2")], type: "g")
        global.add("a", Array("xy".utf8), size: Array("00000000000".utf8))
        #expect(try files(global.finished) == ["a": "xy"])
    }

    @Test func `archives in archives are folders`() throws {
        var outer = TarBuilder()
        outer.add("a", Array("1".utf8))
        outer.add("x/inner.tar", mixed.finished)
        outer.add(".tar", Array("2".utf8))
        let found = try files(outer.finished, isNested: true)
        #expect(found["x/inner/plain"] == "last" && found["x/inner//whole"] == "7" && found[".tar"] == "2")
        #expect(found.count == 11)
        #expect(try files(outer.finished).count == 3)
        var wrong = TarBuilder()
        wrong.add("b.tar", Array("no archive".utf8))
        expect("\"b.tar\" is no tar archive", "byte 512", of: wrong.finished, isNested: true)
        wrong = TarBuilder()
        wrong.add("b.tar", [])
        expect("\"b.tar\" is empty", of: wrong.finished, isNested: true)
        var deep = TarBuilder().finished
        for _ in 0..<40 {
            var next = TarBuilder()
            next.add("d.tar", deep)
            deep = next.finished
        }
        expect("nested more than 32 deep", of: deep, isNested: true)
    }

    @Test func `truncated archives are errors with their offset`() throws {
        let bytes = mixed.finished
        var wrong: [Int] = []
        for end in stride(from: 0, to: bytes.count, by: 11) {
            do throws(ColonnadeError) {
                let found = try index(Array(bytes[..<end]))
                // The second block of zeros may be missing.
                if end < bytes.count - 512 || found.names.count != 9 { wrong.append(end) }
            } catch {
                if end >= bytes.count - 512 || !error.description.contains("a.tar, byte ") { wrong.append(end) }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test func `changed bits give another index or an error`() throws {
        let bytes = mixed.finished
        var wrong: [Int] = []
        for bit in stride(from: 0, to: bytes.count * 8, by: 53) {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            do throws(ColonnadeError) {
                let found = try index(changed, isNested: true)
                if found.ranges.contains(where: { $0.lowerBound < 512 || $0.upperBound > bytes.count }) {
                    wrong.append(bit)
                }
            } catch {
                if error.code != .invalidSource { wrong.append(bit) }
            }
        }
        #expect(wrong.isEmpty)
    }

    @Test func `archives that cannot be read have remedies`() throws {
        func one(_ change: (inout TarBuilder) -> Void) -> [UInt8] {
            var tar = TarBuilder()
            tar.add("first", Array("1".utf8))
            change(&tar)
            return tar.finished
        }
        expect("no tar archive", "byte 0", of: [UInt8](repeating: 7, count: 2048))
        expect("is empty", of: [])
        expect("gzip -d", of: [0x1F, 0x8B] + [UInt8](repeating: 7, count: 2048))
        expect("xz -d", of: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0] + [UInt8](repeating: 7, count: 2048))
        expect("zip archive", of: Array("PK".utf8) + [UInt8](repeating: 7, count: 2048))
        expect("--sparse", "byte 1024", of: one { $0.add("s", type: "S") })
        expect(
            "--sparse",
            of: one {
                $0.add(records: [("GNU.sparse.major", "1")])
                $0.add("s", [1])
            })
        expect("another part", of: one { $0.add("s", type: "M") })
        expect("after the archive", of: one { $0.add("s", size: Array("77777777777".utf8)) })
        expect(
            "after the archive",
            of: one { $0.add("s", size: [0x80, 0, 0, 0, 0, 0x3F] + [UInt8](repeating: 255, count: 6)) })
        for size in [Array("8".utf8), Array("-1".utf8), [255] + [UInt8](repeating: 255, count: 11), [0x80, 1]] {
            expect("is no number", of: one { $0.add("s", size: size + [UInt8](repeating: 0, count: 12 - size.count)) })
        }
        expect("a header of names has", of: one { $0.add("L", [UInt8](repeating: 65, count: 1 << 20 | 1), type: "L") })
        for records in [
            "5 path=x\n", "x path=x\n", "99999999999999999999 path=x\n", "10 path=x", "8 size=x\n",
            "7 noeq\n",
        ] {
            expect("a record of an extended header", of: one { $0.add("P", Array(records.utf8), type: "x") })
        }
        var hole = TarBuilder()
        hole.add("a")
        hole.bytes += [UInt8](repeating: 0, count: 512)
        hole.add("b")
        expect("a block of zeros is between", "byte 512", of: hole.finished)
        var damaged = mixed.finished
        damaged[1024] ^= 1
        expect("the checksum of a header is wrong", "byte 1024", of: damaged)
    }

    @Test func `members are read at their place`() throws {
        let scratch = try Scratch()
        let path = try scratch.write(mixed.finished, "mixed.tar")
        let names = try Buffer.files(ofTar: path)
        #expect(names.schema.names == ["file"] && names.count == 9)
        let read = try names.readingMember("file", ofTar: path, as: "x")
        #expect(try read.schema.field(named: "x").shape == [nil])
        var found: [String: String] = [:]
        for row in 0..<read.count {
            let sample = try read[row]
            found[try sample["file"].string()] = try sample["x"].string()
        }
        #expect(found == (try files(mixed.finished)))
        let stream = try read.stream().prefetched(depth: 4, threads: 2)
        #expect(outcomes(of: stream) == outcomes(of: read.stream()))
        #expect(try expectResumable(read.stream()))
        // By the key of the archive's path, and with a folder in the archive.
        let schema = try Schema([Field("tar", kind: .string), Field("n", kind: .string)])
        let pairs = [("mixed.tar", "inner"), ("mixed.tar", "/whole"), ("mixed.tar", "none"), ("../x.tar", "inner")]
        let named = try Buffer(pairs.map { Sample(schema: schema, tensors: [Tensor(utf8: $0.0), Tensor(utf8: $0.1)]) })
        let by = try named.readingMember(
            "n", ofTarNamedBy: "tar", folder: scratch.folder, prefix: "outer/middle", as: "x"
        ).selecting(["x"])
        try scratch.write(mixed.finished, "x.tar")
        #expect(try by[0]["x"].string() == "22" && by[1]["x"].string() == "7")
        let missing = #expect(throws: ColonnadeError.self) { try by[2] }
        #expect(missing?.description.contains("row 2, key \"n\": \(path): no file of the archive is called") == true)
        #expect(throws: ColonnadeError.self) { try by[3] }
        let changed = #expect(throws: ColonnadeError.self) {
            try scratch.write(mixed.finished + [0], "mixed.tar")
            _ = try read[0]
        }
        #expect(changed?.description.contains("has changed since") == true)
        #expect(throws: ColonnadeError.self) { try Buffer.files(ofTar: scratch.folder) }
        #expect(throws: ColonnadeError.self) { try named.readingMember("no", ofTar: path, as: "x") }
        #expect(throws: ColonnadeError.self) { try named.batched(by: 2).readingMember("n", ofTar: path, as: "x") }
    }
}
