// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct NPZSourceTests {
    static func path(_ name: String) -> String { fixture("numpy/\(name)") }
    static let good = ["stored.npz", "deflated.npz", "savez.npz", "zip64.npz"]

    @Test(arguments: good)
    func `every array becomes a column`(name: String) throws {
        let source = try NPZSource(path: Self.path(name))
        #expect(
            source.types == [
                "image uint8[3, 2]", "label int64[]", "weights float64[3, 2]", "name string", "big uint16[3, 2]",
            ])
        let rows = try rows(of: source)
        #expect(rows.map { $0[0].bytes } == NumPySourceTests.counting(.uint8))
        #expect(rows.map { $0[1].integers } == [[0], [1], [2], [3], [4]])
        #expect(rows.map { $0[2].bytes } == NumPySourceTests.counting(.float64))
        #expect(rows.map { $0[3].text } == ["", "a", "grün", "naïve cafés", "seven 🚀"])
        #expect(rows.map { $0[4].bytes } == NumPySourceTests.counting(.uint16))
        #expect(try checkSource { try NPZSource(path: Self.path(name)) } == [])
    }

    @Test(arguments: [
        ("refused-bzip2.npz", "bzip2"), ("refused-lzma.npz", "LZMA"), ("refused-lengths.npz", "--columns"),
        ("refused-one-value.npz", "single value"), ("refused-other.npz", "notes.txt"),
        ("refused-encrypted.npz", "encrypted"),
        ("c-int8.npy", "not a zip archive"),
    ])
    func `archives that cannot be read are refused with a remedy`(name: String, remedy: String) throws {
        let error = #expect(throws: ColonnadeError.self) { _ = try NPZSource(path: Self.path(name)) }
        #expect(error?.description.contains(name) == true)
        #expect(error?.message.contains(remedy) == true, "\(String(describing: error))")
    }

    @Test func `arrays can be selected, and others are ignored`() throws {
        #expect(try NPZSource(path: Self.path("refused-one-value.npz"), choosing: ["x"]).types == ["x float64[]"])
        #expect(try NPZSource(path: Self.path("refused-lengths.npz"), choosing: ["y"]).types == ["y float64[2]"])
        let error = #expect(throws: ColonnadeError.self) {
            _ = try NPZSource(path: Self.path("stored.npz"), choosing: ["labels"])
        }
        #expect(error?.code == .unknownKey)
    }

    @Test(arguments: ["stored.npz", "deflated.npz", "zip64.npz"])
    func `truncated anywhere, or with changed bytes`(name: String) throws {
        let bytes = try contents(Self.path(name))
        try checkTruncations(of: bytes, named: name) { try NPZSource(path: $0) }
        try checkFlips(of: bytes, named: name, count: 1_000) { try NPZSource(path: $0) }
    }

    @Test func `the checksum detects a changed element`() throws {
        let scratch = try Scratch()
        for name in ["stored.npz", "zip64.npz"] {
            var bytes = try contents(Self.path(name))
            let start = try #require(bytes.indices.first { Array(bytes[$0...].prefix(6)) == [0, 1, 2, 3, 4, 5] })
            bytes[start + 3] = 99
            let path = try scratch.write(bytes, name)
            let error = #expect(throws: ColonnadeError.self) { try exhaust(try NPZSource(path: path)) }
            #expect(error?.message.contains("checksum") == true)
        }
    }
}
