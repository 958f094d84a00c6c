// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct ArrowFeatureTests {
    static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1]
    static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0]

    static func files(_ bytes: [[UInt8]]) -> ArrowData {
        .structure([
            ArrowData.data("z", bytes).named("bytes"), ArrowData.text(bytes.map { _ in "" }).missing(0).named("path"),
        ])
    }

    @Test func `class labels have their names`() throws {
        let names = #"{"names":["cat","dog"],"_type":"ClassLabel"}"#
        let data = ArrowData.integers("l", [Int64(1), -1, 0])
        let table = try source(data, features: #"{"x":\#(names)}"#)
        #expect(table.schema[0].meaning == .classLabels(["cat", "dog"]))
        #expect(try rows(of: table).map { $0[0].integers } == [[1], [-1], [0]])
        #expect(try source(data, features: #"{"x":\#(names)}"#) { $0.keepsClassNames = false }.schema[0].meaning == nil)
        let bad = ArrowData.integers("l", [Int64(1), 2])
        let error = #expect(throws: ColonnadeError.self) { try exhaust(try source(bad, features: #"{"x":\#(names)}"#)) }
        #expect(error?.place == .tableRow(source: "Arrow stream", row: 1, column: "x"))
        let lists = ArrowData.list([1, 1], of: .integers("l", [Int64(1), 0]))
        for features in [#"{"x":{"feature":\#(names),"_type":"Sequence","length":-1}}"#, #"{"x":[\#(names)]}"#] {
            #expect(try source(lists, features: features).schema[0].meaning == .classLabels(["cat", "dog"]))
        }
        let inStruct = ArrowData.structure([ArrowData.integers("c", [Int8(1)]).named("y")])
        let nested = try source(inStruct, features: #"{"x":{"y":\#(names)}}"#)
        #expect(nested.schema[0].name == "x.y" && nested.schema[0].meaning == .classLabels(["cat", "dog"]))
        // Invalid hints are ignored.
        for features in ["{", "null", #"{"x":7}"#, #"{"y":\#(names)}"#] {
            #expect(try source(data, features: features).schema[0].meaning == nil)
        }
    }

    @Test func `images are bytes with their media type`() throws {
        let table = try source(Self.files([Self.png, Self.png]))
        #expect(table.types == ["x bytes"] && table.schema[0].meaning == .media("image/png"))
        #expect(try rows(of: table).map { $0[0].bytes } == [Self.png, Self.png])
        #expect(try source(Self.files([Self.png, Self.jpeg])).schema[0].meaning == .media("image/*"))
        #expect(try source(Self.files([[1, 2]])).schema[0].meaning == nil)
        let features = #"{"x":{"_type":"Image"}}"#
        #expect(try source(Self.files([[1, 2]]), features: features).schema[0].meaning == .media("image/*"))
        let audio = Array("RIFF1234WAVE".utf8)
        #expect(try source(Self.files([audio])).schema[0].meaning == .media("audio/wav"))
        let later = #expect(throws: ColonnadeError.self) {
            try exhaust(try source(Self.files([Self.png]), Self.files([Self.png, Self.jpeg])))
        }
        #expect(later?.place == .tableRow(source: "Arrow stream", row: 2, column: "x"))
        #expect(later?.message.contains("image/*") == true)
        let told = try source(Self.files([Self.png]), Self.files([Self.jpeg])) { $0.media = ["x": "image/*"] }
        #expect(try rows(of: told).count == 2)
    }

    @Test func `plain bytes are encoded files if an option says so`() throws {
        let data = ArrowData.data("Z", [Self.jpeg, Self.jpeg])
        #expect(try source(data).schema[0].meaning == nil)
        #expect(try source(data) { $0.media = ["x": ""] }.schema[0].meaning == .media("image/jpeg"))
        #expect(try source(data) { $0.media = ["x": "image/jpeg"] }.schema[0].meaning == .media("image/jpeg"))
        let features = #"{"x":{"_type":"Image"}}"#
        #expect(try source(data, features: features).schema[0].meaning == .media("image/jpeg"))
    }

    @Test func `the error for missing files of a column explains the cause`() throws {
        let files = ArrowData.structure([
            ArrowData.data("z", [Self.png, []]).missing(1).named("bytes"), ArrowData.text(["", "a.png"]).named("path"),
        ])
        let error = #expect(throws: ColonnadeError.self) { try exhaust(try source(files)) }
        #expect(error?.message.contains("embed_table_storage") == true)
        #expect(error?.place == .tableRow(source: "Arrow stream", row: 1, column: "x"))
        // Any other struct is flattened.
        let other = ArrowData.structure([
            ArrowData.data("z", [[1]]).named("bytes"), ArrowData.text(["a"]).named("name"),
        ])
        #expect(try source(other).schema.names == ["x.bytes", "x.name"])
    }
}
