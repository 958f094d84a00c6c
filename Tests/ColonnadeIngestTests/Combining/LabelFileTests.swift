// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct LabelFileTests {
    private func labels(_ bytes: [UInt8]) throws -> [String] {
        let scratch = try Scratch()
        let path = try scratch.write(bytes, "names.txt")
        var options = IngestOptions()
        options.labels = ["y": path]
        let ingestor = try Ingestor(paths: [try scratch.write(Array("y\n0\n".utf8), "y.csv")], options: options)
        guard case .classLabels(let names)? = ingestor.plan.schema[0].meaning else { return [] }
        return names
    }

    @Test func `byte-order marks, blank lines at the end and spaces do not belong to names`() throws {
        let text = "\u{FEFF} cat\t\r\nhot dog \nx\u{2028}y\u{85}\n\n \n"
        #expect(try labels(Array(text.utf8)) == ["cat", "hot dog", "x\u{2028}y\u{85}"])
        #expect(try labels(Array("a\nb".utf8)) == ["a", "b"])
    }

    @Test(arguments: ["", "\n \n", "\u{FEFF}", "a\n\nb\n", "a\rb\n"])
    func `files without a name for each line are refused`(text: String) {
        let error = #expect(throws: ColonnadeError.self) { try labels(Array(text.utf8)) }
        #expect(error?.code == .invalidSource)
    }

    @Test func `a name that occurs twice is reported with both lines`() {
        let error = #expect(throws: ColonnadeError.self) { try labels(Array("a\nb\n a\t\n".utf8)) }
        #expect(error?.code == .invalidSource)
        #expect(error?.message == "lines 1 and 3 are both \"a\": give each class a name of its own")
    }
}
