// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct JSONLinesSourceTests {
    @Test func `objects are flattened, arrays become tensors, strings become text`() throws {
        let text = """
            {"id": 1, "pos": {"x": 0.5, "y": 2}, "name": "a\\u00e4\\n", "ok": true, "v": [1, 2, 3], "m": [[1, 2], [3, 4]]}

            {"name": "", "id": 2, "ok": false, "pos": {"y": 3, "x": 1}, "v": [4, 5, 6.5], "m": [[5, 6], [7, 8]]}
            """
        let open = { try jsonLines(text) }
        #expect(try checkSource(open) == [])
        let source = try open()
        #expect(
            source.types == [
                "id int64[]", "pos.x float64[]", "pos.y int64[]", "name string", "ok bool[]", "v float64[3]",
                "m int64[2, 2]",
            ])
        let rows = try rows(of: source)
        #expect(rows.count == 2)
        #expect(rows.flatMap { $0[0].integers } == [1, 2])
        #expect(rows.flatMap { $0[1].doubles } == [0.5, 1])
        #expect(rows.flatMap { $0[2].integers } == [2, 3])
        #expect(rows.map { $0[3].text } == ["aä\n", ""])
        #expect(rows.map { $0[4].bytes } == [[1], [0]])
        #expect(rows.map { $0[5].doubles } == [[1, 2, 3], [4, 5, 6.5]])
        #expect(rows[1][6].integers == [5, 6, 7, 8])
    }

    @Test func `different dimensions vary, and empty arrays fit every rank`() throws {
        let text = """
            {"t": [1, 2], "m": [[1, 2], [3, 4]], "p": [[1, 2]], "e": []}
            {"t": [], "m": [[1, 2, 3]], "p": [], "e": []}
            {"t": [3], "m": [], "p": [[1, 2], [3, 4]], "e": []}
            """
        let open = { try jsonLines(text) }
        #expect(try checkSource(open) == [])
        let source = try open()
        #expect(source.types == ["t int64[?]", "m int64[?, ?]", "p int64[?, 2]", "e float64[?]"])
        #expect(source.reasons.first == "t: int64[?], because lengths differ: 2 in record 1, 0 in record 2")
        let rows = try rows(of: source)
        #expect(rows.map { $0[0].integers } == [[1, 2], [], [3]])
        #expect(rows.map { $0[1].dimensions } == [[2, 2], [1, 3], [0, 0]])
        #expect(rows[1][1].integers == [1, 2, 3])
        #expect(rows.map { $0[2].integers } == [[1, 2], [], [1, 2, 3, 4]])
    }

    @Test func `missing numbers need a fill, and the error says so`() throws {
        let text = "{\"a\":1,\"b\":[1,2]}\n{\"b\":null}\n{\"a\":null,\"b\":[3,null]}\n"
        let error = #expect(throws: ColonnadeError.self) { _ = try jsonLines(text) }
        #expect(error?.place == .record(source: "t.jsonl", record: 2, column: "a"))
        #expect(error?.message.contains("--fill a=-1 --fill b=-1") == true)
        let floats: NameMap<RequestedType> = ["a": .init(.float64), "b": .init(.float32)]
        #expect(throws: ColonnadeError.self) { _ = try jsonLines(text) { $0.types = floats } }
        #expect(throws: ColonnadeError.self) { _ = try jsonLines("{\"a\":null}") { $0.text.masks = true } }
        let source = try jsonLines(text) { $0.fills = ["a": "nan", "b": "nan"] }
        #expect(source.types == ["a float64[]", "b float64[2]"])
        #expect(
            source.reasons == [
                "a: float64, because 2 of 3 values are missing (no key, first in record 2), which become nan",
                "b: float64, because 2 of 5 values are missing (null, first in record 2), which become nan",
            ])
        let rows = try rows(of: source)
        #expect(rows[0][0].doubles == [1])
        #expect(rows[1][0].doubles[0].isNaN && rows[2][0].doubles[0].isNaN)
        #expect(rows[1][1].doubles.allSatisfy { $0.isNaN })
        #expect(rows[2][1].doubles[0] == 3 && rows[2][1].doubles[1].isNaN)
    }

    @Test func `NaN and Infinity may be unquoted, and the reason says so`() throws {
        let text = """
            {"x": 1, "y": NaN, "v": [Infinity, 0.5], "w": [1]}
            {"x": -Infinity, "y": 0.5, "v": [-Infinity, NaN], "w": [2, NaN]}
            """
        let open = { try jsonLines(text) }
        #expect(try checkSource(open) == [])
        let source = try open()
        #expect(source.types == ["x float64[]", "y float64[]", "v float64[2]", "w float64[?]"])
        let note = "is a number that JSON does not define and Python writes"
        #expect(
            source.reasons.prefix(2) == [
                "x: float64, because record 2 has \"-Infinity\"; 1 of 2 values are whole numbers; \"-Infinity\" in record 2 "
                    + note,
                "y: float64[], because \"NaN\" in record 1 \(note)",
            ])
        #expect(source.reasons.count == 4 && source.reasons.allSatisfy { $0.hasSuffix(note) })
        let rows = try rows(of: source)
        #expect(rows.flatMap { $0[0].doubles } == [1, -.infinity])
        #expect(rows[0][1].doubles[0].isNaN && rows[1][1].doubles == [0.5])
        #expect(rows[0][2].doubles == [.infinity, 0.5])
        #expect(rows[1][2].doubles[0] == -.infinity && rows[1][2].doubles[1].isNaN)
        #expect(rows[1][3].doubles[0] == 2 && rows[1][3].doubles[1].isNaN)
    }

    @Test(arguments: [
        ("{\"x\": 9007199254740993}\n{\"x\": NaN}", "cannot hold exactly"),
        ("{\"x\": true}\n{\"x\": NaN}", "no type holds both"),
        ("{\"x\": \"a\"}\n{\"x\": NaN}", "make all of one kind"),
    ])
    func `a NaN is refused beside integers that no float holds`(_ text: String, _ message: String) {
        let error = #expect(throws: ColonnadeError.self) { _ = try jsonLines(text) }
        #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
    }

    @Test func `a NaN is kept in float32 and in a requested string, and refused as an integer`() throws {
        let text = "{\"x\": NaN}\n{\"x\": -Infinity}"
        let floats = try rows(of: jsonLines(text) { $0.types["x"] = RequestedType(.float32) }).map { $0[0].floats[0] }
        #expect(floats[0].isNaN && floats[1] == -.infinity)
        #expect(try rows(of: jsonLines(text) { $0.types["x"] = .string }).map { $0[0].text } == ["NaN", "-Infinity"])
        for type in [DType.int32, .uint8, .bool] {
            #expect(throws: ColonnadeError.self) { _ = try jsonLines(text) { $0.types["x"] = RequestedType(type) } }
        }
    }

    @Test func `fills replace missing values`() throws {
        let text = "{\"a\":1,\"s\":\"x\",\"b\":true,\"r\":[1]}\n{}\n{\"a\":2,\"s\":null,\"b\":null,\"r\":[1,null]}\n"
        let source = try jsonLines(text) { options in
            options.fills = ["a": "-1", "s": "?", "b": "false", "r": "9"]
        }
        #expect(source.types == ["a int64[]", "s string", "b bool[]", "r int64[?]"])
        let rows = try rows(of: source)
        #expect(rows.flatMap { $0[0].integers } == [1, -1, 2])
        #expect(rows.map { $0[1].text } == ["x", "?", "?"])
        #expect(rows.map { $0[2].bytes } == [[1], [0], [0]])
        #expect(rows.map { $0[3].integers } == [[1], [], [1, 9]])
        for (key, fill) in [("s", "--fill s="), ("b", "--fill b=false"), ("r", "--fill r=0")] {
            let error = #expect(throws: ColonnadeError.self) {
                _ = try jsonLines(text) { options in
                    options.fills = ["a": "-1", "s": "?", "b": "false", "r": "9"]
                    options.fills[key] = nil
                }
            }
            #expect(error?.message.contains(fill) == true, "\(error?.description ?? "")")
        }
    }

    @Test func `NaN and Infinity may be strings`() throws {
        let source = try jsonLines(
            "{\"x\":\"NaN\",\"v\":[1,\"Infinity\"]}\n{\"x\":\"-Infinity\",\"v\":[\"NaN\",0.5]}\n")
        #expect(source.types == ["x float64[]", "v float64[2]"])
        let rows = try rows(of: source)
        #expect(rows[0][0].doubles[0].isNaN)
        #expect(rows[1][0].doubles == [-.infinity])
        #expect(rows[0][1].doubles == [1, .infinity])
        #expect(try jsonLines("{\"x\":\"NaN\"}\n{\"x\":\"other\"}\n").types == ["x string"])
    }

    @Test func `requested types`() throws {
        let text = """
            {"n": "5", "f": [1, 2, 3], "j": {"a": [1, "x"]}, "b": "aGk=", "s": 007e0, "t": ["a", "b"]}
            {"n": 6, "f": [4, 5, 6], "j": null, "b": "", "s": true, "t": "c"}
            """.replacing("007e0", with: "7.50")
        let source = try jsonLines(text) { options in
            options.types = [
                "n": RequestedType(.uint8), "f": try RequestedType(parsing: "float32[3]"), "j": .string, "b": .bytes,
                "s": .string, "t": .string,
            ]
            options.fills["j"] = "none"
        }
        #expect(source.types == ["n uint8[]", "f float32[3]", "j string", "b bytes", "s string", "t string"])
        let rows = try rows(of: source)
        #expect(rows.map { $0[0].bytes } == [[5], [6]])
        #expect(rows[1][1].floats == [4, 5, 6])
        #expect(rows.map { $0[2].text } == ["{\"a\": [1, \"x\"]}", "none"])
        #expect(rows.map { $0[3].text } == ["hi", ""])
        #expect(rows.map { $0[4].text } == ["7.50", "true"])
        #expect(rows.map { $0[5].text } == ["[\"a\", \"b\"]", "c"])
    }

    @Test(arguments: [
        ("", "there is no record with a key"),
        ("{}\n", "there is no record with a key"),
        ("[{\"a\":1}]\n", "line 1: this is no JSON object"),
        ("[\n{\"a\":1}\n]\n", "line 1: byte 2 of the line: the text ends where a value should be; a file that is one"),
        ("{\n\"a\":1\n}\n", "line 1: byte 2 of the line: a key in quotes should be here; put an object"),
        ("[\n{\"a\":1}\n]", "line 1: byte 2 of the line: the text ends where a value should be"),
        ("{\"a\":1}\n\n7\n", "line 3: this is no JSON object"),
        ("{\"a\":1}\n{\"a\":\n", "line 2: byte 6 of the line: the text ends"),
        ("{\"a\":1}\n{\"a\":\"x\"}\n", "record 1 has the number 1 and record 2 has the text \"x\""),
        ("{\"a\":\"1\"}\n{\"a\":2}\n", "record 1 has the text \"1\" and record 2 has the number 2"),
        ("{\"a\":\"1\"}\n{\"a\":true}\n", "record 1 has the text \"1\" and record 2 has true"),
        ("{\"a\":\"NaN\"}\n{\"a\":[2]}\n", "record 1 has the number NaN and record 2 has the array [2]"),
        ("{\"a\":1}\n{\"a\":[1]}\n", "record 1 has the number 1 and record 2 has the array [1]"),
        ("{\"a\":1}\n{\"a\":true}\n", "no type holds both"),
        ("{\"a\":{\"b\":1}}\n{\"a\":2}\n", "record 1 has an object and record 2 has the number 2"),
        ("{\"a\":[\"x\"]}\n", "an array holds \"x\""),
        ("{\"a\":[{\"b\":1}]}\n", "an array holds"),
        ("{\"a\":[[1],[1,2]]}\n", "the arrays within"),
        ("{\"a\":[[1],2]}\n", "the arrays within"),
        ("{\"a\":[[1]]}\n{\"a\":[1]}\n", "the arrays of records 1 and 2"),
        ("{\"a\":[1]}\n{\"a\":[[]]}\n", "the arrays of records 1 and 2"),
        ("{\"a\":18446744073709551616}\n", "\"18446744073709551616\" is beyond"),
        ("{\"a\":18446744073709551615}\n{\"a\":-1}\n", "no type holds both"),
        ("{\"a\":9007199254740993}\n{\"a\":null}\n", "1 of 2 values is missing (null, first here); leave"),
        ("{\"a\":null}\n{}\n", "2 of 2 values are missing (null, first here); leave the column out"),
        ("{\"a\":{\"b\":1},\"a.b\":2}\n", "two keys have this name"),
        ("{\"\":1}\n", "a key is empty"),
        ("{\"a\":1,\"a\":2}\n", "line 1: the key \"a\" occurs twice"),
    ])
    func `errors name their line and a remedy`(_ text: String, _ message: String) {
        let error = #expect(throws: ColonnadeError.self) { _ = try jsonLines(text) }
        #expect(error?.code == .invalidSource)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.description ?? "")")
        #expect(error?.message.contains("; ") == true, "\(error?.description ?? "")")
    }

    @Test func `a file that is one array is refused with a remedy`() {
        let error = #expect(throws: ColonnadeError.self) { _ = try jsonLines("[{\"a\": 1},\n {\"a\": 2}]\n") }
        #expect(error?.message.contains("jq -c '.[]'") == true)
    }

    @Test func `values that do not fit a requested type or shape are reported when the source is opened`() {
        let cases: [(String, String, String)] = [
            ("int8", "{\"a\":1}\n{\"a\":200}", "beyond the range of int8"),
            ("int8", "{\"a\":1}\n{\"a\":null}", "missing"),
            ("int8", "{\"a\":1}\n{\"a\":\"x\"}", "is not a number"),
            ("bool", "{\"a\":true}\n{\"a\":2}", "neither true nor false"),
            (
                "float32", "{\"a\":1.5}\n{\"a\":16777217}",
                "\"16777217\" is a whole number that float32 cannot hold exactly"
            ),
            ("float64", "{\"a\":1}\n{\"a\":9007199254740993}", "cannot hold exactly"),
            ("float64", "{\"a\":1}\n{\"a\":100000000000000000000001}", "cannot hold exactly"),
            ("float64", "{\"a\":1}\n{\"a\":1\(String(repeating: "0", count: 39))}", "cannot hold exactly"),
            ("float64", "{\"a\":[1]}\n{\"a\":[-1393796574908163946345982392040522594123777]}", "cannot hold exactly"),
            ("float16", "{\"a\":1}\n{\"a\":2049}", "cannot hold exactly"),
            ("bfloat16", "{\"a\":1}\n{\"a\":257}", "cannot hold exactly"),
            ("float32[?]", "{\"a\":[]}\n{\"a\":[1, -16777217]}", "cannot hold exactly"),
            ("float32", "{\"a\":1}\n{\"a\":1e39}", "beyond the range of float32"),
            ("float16", "{\"a\":1}\n{\"a\":7e4}", "range of float16"),
            ("float32[2]", "{\"a\":[1,2]}\n{\"a\":[1,2,3]}", "an array of shape [3]"),
            ("float32[2]", "{\"a\":[1,2]}\n{\"a\":5}", "stands where float32[2] is needed"),
            ("float32[?]", "{\"a\":[1,2]}\n{\"a\":[[1]]}", "an array of shape [1, 1]"),
            ("float32", "{\"a\":1}\n{\"a\":[1]}", "no array"),
            ("bytes", "{\"a\":\"aGk=\"}\n{\"a\":\"a\"}", "is not base64"),
            ("bytes", "{\"a\":\"aGk=\"}\n{\"a\":1}", "is not base64"),
            ("int32", "{\"a\":[1,2]}\n{\"a\":[1,{}]}", "is not a number"),
        ]
        for (type, text, message) in cases {
            let error = #expect(throws: ColonnadeError.self) {
                _ = try jsonLines(text) { $0.types["a"] = try RequestedType(parsing: type) }
            }
            #expect(error?.description.contains(message) == true, "\(type): \(error?.description ?? "")")
            if case .record(_, let record, let column) = error?.place {
                #expect(record == 2 && column == "a", "\(type): \(error?.description ?? "")")
            } else {
                Issue.record("\(type): \(error?.description ?? "")")
            }
        }
    }

    @Test func `lines may cross the borders of read buffers`() throws {
        let lines = (0..<300).map {
            "{\"i\":\($0),\"s\":\"\(String(repeating: "ä", count: $0 % 40))\",\"v\":[\($0),1]}"
        }
        let text = lines.joined(separator: "\r\n\r\n")
        let whole = try rows(of: try jsonLines(text))
        #expect(whole.count == 300)
        try withTemporaryFile(Array(text.utf8), suffix: ".jsonl") { path in
            for readSize in [1, 5, 64] {
                let source = try JSONLinesSource(.file(path), options: TextSourceOptions(), readSize: readSize)
                #expect(try rows(of: source) == whole)
            }
        }
    }

    @Test func `any bytes give rows or an error`() {
        let seed = Array("{\"a\":1,\"b\":{\"c\":[1,2]},\"d\":\"x\"}\n{\"a\":2.5,\"b\":{\"c\":[3]},\"d\":\"\"}\n".utf8)
        let alphabet = Array("{}[]\",:\\01ae-.tn\n".utf8)
        var random = SplitMix(state: 3)
        for round in 0..<20_000 {
            var bytes = Array(seed.prefix(round < seed.count ? round : seed.count))
            for _ in 0..<(round % 4) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    round % 2 == 0
                    ? .random(in: 0...255, using: &random)
                    : alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            do {
                let source = try JSONLinesSource(.bytes(bytes, name: "fuzz"), options: TextSourceOptions())
                let count = try rows(of: source).count
                #expect(count == source.rowCount)
            } catch {
                #expect(error is ColonnadeError)
            }
        }
    }
}
