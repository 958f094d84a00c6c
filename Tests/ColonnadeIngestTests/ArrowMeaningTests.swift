// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import ColonnadeTestSupport
import Testing

private func source(
    _ batches: ArrowData..., features: String? = nil, configure: (inout ArrowOptions) -> Void = { _ in }
) throws -> ArrowStreamSource {
    let tables = batches.map { batch in
        ArrowData.structure([batch.named("x")]).with {
            if let features { $0.metadata = [("huggingface", Array(#"{"info":{"features":\#(features)}}"#.utf8))] }
        }
    }
    return try ArrowProducer(tables).source(configure)
}

@Suite struct ArrowDictionaryTests {
    static let colours = ArrowData.text(["red", "green", "blue"])

    @Test func `dictionaries of text become class labels`() throws {
        let data = ArrowData.dictionary("c", [Int8(2), 0, 1, 0], of: Self.colours)
        let table = try source(data)
        #expect(table.types == ["x int8[]"])
        #expect(table.schema[0].meaning == .classLabels(["red", "green", "blue"]))
        #expect(try rows(of: table).map { $0[0].bytes } == [[2], [0], [1], [0]])
        #expect(try checkSource { try source(data.slice(1..<4), data) } == [])
        let views = ArrowData.dictionary("I", [UInt32(1)], of: .views("vu", [[65], [66]]))
        #expect(try source(views).schema[0].meaning == .classLabels(["A", "B"]))
        let lists = ArrowData.list([2, 1], of: .dictionary("c", [Int8(2), 0, 1], of: Self.colours))
        let ragged = try source(lists)
        #expect(ragged.types == ["x int8[?]"])
        #expect(try rows(of: ragged).map { $0[0].bytes } == [[2, 0], [1]])
    }

    @Test func `the dictionary of a later batch is brought to the labels of the first`() throws {
        let first = ArrowData.dictionary("s", [Int16(0), 1], of: Self.colours)
        let later = ArrowData.dictionary("s", [Int16(0), 1, 0], of: .text(["blue", "red", "pink"]))
        #expect(try rows(of: try source(first, later)).map { $0[0].bytes[0] } == [0, 1, 2, 0, 2])
        let unknown = ArrowData.dictionary("s", [Int16(0), 2], of: .text(["blue", "red", "pink"]))
        let error = #expect(throws: ColonnadeError.self) { try exhaust(try source(first, unknown)) }
        #expect(error?.message.contains("\"pink\"") == true)
        #expect(error?.place == .tableRow(source: "Arrow stream", row: 3, column: "x"))
    }

    @Test func `they may be decoded, and numbers always are`() throws {
        let data = ArrowData.dictionary("c", [Int8(2), 0], of: Self.colours)
        for change: (inout ArrowOptions) -> Void in [{ $0.decoded = ["x"] }, { $0.decodesAll = true }] {
            let table = try source(data, configure: change)
            #expect(table.types == ["x string"])
            #expect(try rows(of: table).map { $0[0].text } == ["blue", "red"])
            #expect(try checkSource { try source(data, data, configure: change) } == [])
        }
        let numbers = ArrowData.dictionary("C", [UInt8(1), 1, 0], of: .integers("l", [Int64(-5), 500]))
        #expect(try rows(of: try source(numbers)).map { $0[0].integers } == [[500], [500], [-5]])
        let fixed = ArrowData.dictionary("C", [UInt8(1), 0], of: .fixedBytes(2, [[1, 2], [3, 4]]))
        #expect(try rows(of: try source(fixed)).map { $0[0].bytes } == [[3, 4], [1, 2]])
        let binary = ArrowData.dictionary("C", [UInt8(1), 0], of: .data("z", [[1, 2], [3]]))
        #expect(try rows(of: try source(binary)).map { $0[0].bytes } == [[3], [1, 2]])
        let flags = ArrowData.dictionary("C", [UInt8(1), 0], of: .bools([true, false]))
        #expect(try rows(of: try source(flags)).map { $0[0].bytes } == [[0], [1]])
    }

    @Test func `missing indices and values are errors, or filled`() throws {
        let index = ArrowData.dictionary("c", [Int8(2), 0], of: Self.colours).missing(1)
        let value = ArrowData.dictionary("c", [Int8(2), 0], of: Self.colours.missing(0))
        for data in [index, value] {
            let error = #expect(throws: ColonnadeError.self) { try exhaust(try source(data)) }
            #expect(error?.place == .tableRow(source: "Arrow stream", row: 1, column: "x"))
            let known = try source(data) { $0.fills = ["x": "green"] }
            guard case .classLabels(let names)? = known.schema[0].meaning else { throw ColonnadeError(.system, "none") }
            #expect(try rows(of: known).map { names[Int($0[0].bytes[0])] } == ["blue", "green"])
            let new = try source(data) { $0.fills = ["x": "none"] }
            guard case .classLabels(let more)? = new.schema[0].meaning else { throw ColonnadeError(.system, "none") }
            #expect(try rows(of: new).map { more[Int($0[0].bytes[0])] } == ["blue", "none"])
            // -1 is no class, and other numbers are refused.
            let none = try source(data) { $0.fills = ["x": "-1"] }
            guard case .classLabels(let same)? = none.schema[0].meaning else { throw ColonnadeError(.system, "none") }
            let found = try rows(of: none).map { Int8(bitPattern: $0[0].bytes[0]) }
            #expect(same[Int(found[0])] == "blue" && found[1] == -1 && !same.map { $0 == "-1" }.contains(true))
            #expect(throws: ColonnadeError.self) { try exhaust(try source(data) { $0.fills = ["x": "7"] }) }
            let text = try source(data) {
                $0.fills = ["x": "?"]
                $0.decodesAll = true
            }
            #expect(try rows(of: text).map { $0[0].text } == ["blue", "?"])
        }
        let elements = ArrowData.list(
            [2, 1], of: ArrowData.dictionary("C", [UInt8(1), 1, 0], of: .integers("s", [Int16(5), 6])).missing(1))
        #expect(
            try rows(of: try source(elements) { $0.fills = ["x": "9"] }).map { $0[0].bytes } == [
                [6, 0, 9, 0], [5, 0],
            ])
        for bad in [Int8(3), -1] {
            let error = #expect(throws: ColonnadeError.self) {
                try exhaust(try source(.dictionary("c", [0, bad], of: Self.colours)))
            }
            #expect(error?.message.contains("not among the 3 values") == true)
        }
    }
}

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
        // Hints that cannot be read are none.
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

    @Test func `plain bytes are encoded files where the caller says so`() throws {
        let data = ArrowData.data("Z", [Self.jpeg, Self.jpeg])
        #expect(try source(data).schema[0].meaning == nil)
        #expect(try source(data) { $0.media = ["x": ""] }.schema[0].meaning == .media("image/jpeg"))
        #expect(try source(data) { $0.media = ["x": "image/jpeg"] }.schema[0].meaning == .media("image/jpeg"))
        let features = #"{"x":{"_type":"Image"}}"#
        #expect(try source(data, features: features).schema[0].meaning == .media("image/jpeg"))
    }

    @Test func `files that are named and not there are explained`() throws {
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
