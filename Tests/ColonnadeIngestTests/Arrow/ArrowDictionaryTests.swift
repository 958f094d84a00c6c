// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import Testing

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

    @Test func `indices into the dictionary of a later batch become labels of the first`() throws {
        let first = ArrowData.dictionary("s", [Int16(0), 1], of: Self.colours)
        let later = ArrowData.dictionary("s", [Int16(0), 1, 0], of: .text(["blue", "red", "pink"]))
        #expect(try rows(of: try source(first, later)).map { $0[0].bytes[0] } == [0, 1, 2, 0, 2])
        let unknown = ArrowData.dictionary("s", [Int16(0), 2], of: .text(["blue", "red", "pink"]))
        let error = #expect(throws: ColonnadeError.self) { try exhaust(try source(first, unknown)) }
        #expect(error?.message.contains("\"pink\"") == true)
        #expect(error?.place == .tableRow(source: "Arrow stream", row: 3, column: "x"))
    }

    @Test func `dictionaries of text may be decoded, and those of numbers always are`() throws {
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
            // -1 means no class; other numbers are refused.
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
