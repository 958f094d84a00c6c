// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Foundation
import Testing

@Suite struct CSVSourceTests {
    @Test func `each kind of value has its type`() throws {
        let source = try csv("b,i,u,f,s\ntrue,-1,0,1.5,x\nFALSE,2,18446744073709551615,2,\n")
        #expect(source.types == ["b bool[]", "i int64[]", "u uint64[]", "f float64[]", "s string"])
        let rows = try rows(of: source)
        #expect(rows.count == 2)
        #expect(rows.map { $0[0].bytes } == [[1], [0]])
        #expect(rows.flatMap { $0[1].integers } == [-1, 2])
        #expect(rows.flatMap { $0[2].scalars(UInt64.self) } == [0, .max])
        #expect(rows.flatMap { $0[3].doubles } == [1.5, 2])
        #expect(rows.map { $0[4].text } == ["x", ""])
    }

    @Test(arguments: ["penguins.csv", "penguins_raw.csv", "seattle-weather.csv", "airports.csv"])
    func `real tables give the same rows for any limits`(_ name: String) throws {
        var options = TextSourceOptions()
        options.kindFills = KindFills([.float: "nan", .int: "-1"])
        options.text.masks = true
        let problems = try checkSource { try CSVSource(.file(tablePath(name)), options: options) }
        #expect(problems == [])
    }

    @Test func `penguins: missing measurements need a fill, missing sexes stay text`() throws {
        let missing = #expect(throws: ColonnadeError.self) { _ = try CSVSource(path: tablePath("penguins.csv")) }
        #expect(missing?.message.contains("--fill flipper_length_mm=-1") == true)
        #expect(missing?.message.contains("--fill '*=float:nan,int:-1'") == true)
        let source = try CSVSource(
            path: tablePath("penguins.csv"), fills: ["flipper_length_mm": "nan", "body_mass_g": "0"],
            kindFills: KindFills([.float: "nan"]))
        #expect(
            source.types == [
                "species string", "island string", "bill_length_mm float64[]", "bill_depth_mm float64[]",
                "flipper_length_mm float64[]", "body_mass_g int64[]", "sex string", "year int64[]",
            ])
        #expect(
            source.reasons.contains(
                "flipper_length_mm: float64, because 2 of 344 values are missing (\"NA\", first in record 4), which become nan"
            ))
        let rows = try rows(of: source)
        #expect(rows.count == 344)
        #expect(rows[0][2].doubles == [39.1])
        #expect(rows[3][2].doubles[0].isNaN && rows[3][5].integers == [0])
        #expect(rows[3][6].text == "NA")
        #expect(rows[343][0].text == "Chinstrap")
        #expect(rows[343][7].integers == [2009])
    }

    @Test func `penguins_raw: quoted commas and names with spaces`() throws {
        let missing = #expect(throws: ColonnadeError.self) { _ = try CSVSource(path: tablePath("penguins_raw.csv")) }
        #expect(missing?.message.contains("--fill 'Delta 15 N (o/oo)=nan'") == true)
        var options = TextSourceOptions()
        options.kindFills = KindFills([.float: "nan", .int: "-1"])
        let source = try CSVSource(.file(tablePath("penguins_raw.csv")), options: options)
        #expect(source.rowCount == 344)
        #expect(source.schema.count == 17)
        let stage = try source.schema.index(of: "Stage")
        let delta = try source.schema.index(of: "Delta 15 N (o/oo)")
        let rows = try rows(of: source)
        #expect(rows.allSatisfy { $0[stage].text == "Adult, 1 Egg Stage" })
        #expect(rows[1][delta].doubles == [8.94956])
    }

    @Test func `weather and airports: dates are text, coordinates are exact`() throws {
        let weather = try CSVSource(path: tablePath("seattle-weather.csv"))
        #expect(weather.rowCount == 1461)
        #expect(weather.types.first == "date string")
        let airports = try rows(of: try CSVSource(path: tablePath("airports.csv")))
        #expect(airports.count == 3376)
        #expect(airports[0][5].doubles == [31.95376472])
        #expect(airports[0][6].doubles == [-89.23450472])
    }

    @Test func `the last of 100,000 values decides the type`() throws {
        var text = "id,x\n"
        for row in 0..<99_999 { text += "\(row),\(row)\n" }
        let whole = try csv(text + "99999,0.5\n")
        #expect(whole.types == ["id int64[]", "x float64[]"])
        #expect(
            whole.reasons == [
                "x: float64, because record 100000 has \"0.5\"; 99999 of 100000 values are whole numbers"
            ])
        let words = try csv(text + "99999,none of it\n")
        #expect(words.types == ["id int64[]", "x string"])
        #expect(
            words.reasons == [
                "x: string, because record 100000 has \"none of it\", while record 1 has \"0\""
            ])
    }

    @Test func `a late value that does not fit the requested type is reported before anything is read`() throws {
        let text = "a,b\n" + (1...5_000).map { "\($0),1\n" }.joined() + "oops,1\n"
        let error = #expect(throws: ColonnadeError.self) {
            _ = try csv(text) { options in options.types["a"] = RequestedType(.int32) }
        }
        #expect(error?.code == .invalidSource)
        #expect(error?.place == .record(source: "t.csv", record: 5_001, column: "a"))
        #expect(error?.message.hasPrefix("\"oops\" is not a number, as int32 needs; ") == true)
        #expect(error?.message.contains("--type a=string") == true)
    }

    @Test func `requested types are used`() throws {
        let text = "a,b,c,d,e,f\n1,2.5,007,aGk=,1,70000\n-128,nan,12,,0,1e-3\n"
        let source = try csv(text) { options in
            options.types["a"] = RequestedType(.int8)
            options.types["b"] = RequestedType(.float32)
            options.types["c"] = RequestedType(.uint16)
            options.types["d"] = .bytes
            options.types["e"] = RequestedType(.bool)
            options.types["f"] = RequestedType(.float32)
        }
        #expect(
            source.types == ["a int8[]", "b float32[]", "c uint16[]", "d bytes", "e bool[]", "f float32[]"])
        let rows = try rows(of: source)
        #expect(rows.map { $0[0].bytes } == [[1], [0x80]])
        #expect(rows[0][1].floats == [2.5])
        #expect(rows[1][1].floats[0].isNaN)
        #expect(rows[0][2].scalars(UInt16.self) == [7])
        #expect(rows.map { $0[3].text } == ["hi", ""])
        #expect(rows.map { $0[4].bytes } == [[1], [0]])
        #expect(rows[1][5].floats == [1e-3])
        for (type, value) in [
            (DType.int8, "128"), (.uint8, "-1"), (.float16, "70000"), (.float32, "1e39"), (.int64, "1.0"),
        ] {
            #expect(throws: ColonnadeError.self) {
                _ = try csv("a\n\(value)\n") { $0.types["a"] = RequestedType(type) }
            }
        }
    }

    @Test func `integers of any length are kept or refused`() throws {
        let large = [
            "18446744073709551616": 0x1p64, "-340282366920938463463374607431768211456": -0x1p128,
            "1393796574908163946345982392040522594123776": 0x1p140, "+10000000000000000000000": 1e22,
            "000000000000000000000000000000000000000000009": 9,
        ]
        for (text, value) in large {
            let source = try csv("a\n\(text)\n") { $0.types["a"] = RequestedType(.float64) }
            #expect(try rows(of: source)[0][0].doubles == [value], "\(text)")
        }
        for text in [
            "18446744073709551617", "340282366920938463463374607431768211457",
            "-1393796574908163946345982392040522594123777", "1" + String(repeating: "0", count: 300),
        ] {
            let error = #expect(throws: ColonnadeError.self) {
                _ = try csv("a\n\(text)\n") { $0.types["a"] = RequestedType(.float64) }
            }
            #expect(error?.message.contains("cannot hold exactly") == true, "\(text)")
        }
        let beyond = #expect(throws: ColonnadeError.self) {
            _ = try csv("a\n18446744073709551616\n") { $0.types["a"] = RequestedType(.uint64) }
        }
        #expect(beyond?.message.contains("--type a=string") == true)
    }

    @Test func `columns become a tensor`() throws {
        let text = "id,p0,p1,p2,y\n7,1,2,3,x\n8,4,5,6,y\n"
        let vector = VectorColumn(name: "pixels", first: "p0", last: "p2")
        let source = try csv(text) { $0.text.vectors = [vector] }
        #expect(source.types == ["id int64[]", "pixels int64[3]", "y string"])
        #expect(try rows(of: source).map { $0[1].integers } == [[1, 2, 3], [4, 5, 6]])
        let bytes = try csv(text) { options in
            options.text.vectors = [vector]
            options.types["pixels"] = RequestedType(.uint8)
        }
        #expect(try rows(of: bytes).map { $0[1].bytes } == [[1, 2, 3], [4, 5, 6]])
        #expect(bytes.schema[1].shape == [3])
        for bad in [("p2", "p0"), ("p0", "p9")] {
            #expect(throws: ColonnadeError.self) {
                _ = try csv(text) { $0.text.vectors = [VectorColumn(name: "v", first: bad.0, last: bad.1)] }
            }
        }
        #expect(throws: ColonnadeError.self) {
            _ = try csv(text) { $0.text.vectors = [VectorColumn(name: "v", first: "p0", last: "y")] }
        }
    }

    @Test(arguments: [
        ("", "there is no record"),
        ("a,a\n1,2\n", "columns 1 and 2 have the same name"),
        (",,\n1,2,3\n", "the header names no column"),
        ("\"\"\nx\n", "the header names no column"),
        ("1,2,3\n4,5,6\n", "the first line holds only numbers"),
        ("a,b\n1,2\n3\n", "line 3: 1 field where there are 2 columns"),
        ("a,b\n1,2\n3,4,5\n", "line 3: 3 fields where there are 2 columns"),
        ("a;b\n1;2,5\n", "the header is one name, and ';' in it"),
        ("a\tb\n1\t2\n", "the header is one name, and tab in it"),
        ("a\n1,2\n", "line 2: 2 fields where there is 1 column;"),
        // The output of R's write.table.
        ("a,b\nx,1,2\n", "line 2: 3 fields where there are 2 columns; the header is one name short, as R"),
        ("a,b\n1,2\nx,1,2\n", "line 3: 3 fields where there are 2 columns; put fields"),
        ("a,b\n1,2\n\n3,4\n", "line 3 is blank"),
        ("a\n\u{0}\n\"x", "line 3: the quote that opens field 1 is never closed"),
    ])
    func `errors name their record`(_ text: String, _ message: String) {
        let error = #expect(throws: ColonnadeError.self) { _ = try csv(text) }
        #expect(error?.code == .invalidSource)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test func `unnamed columns, as pandas and R write, get a generated name that is reported`() throws {
        let source = try csv("\"\",a,,unnamed_2\nx,1,0.5,7\ny,2,,8\n") { $0.fills = ["unnamed_2_": "nan"] }
        #expect(source.types == ["unnamed_0 string", "a int64[]", "unnamed_2_ float64[]", "unnamed_2 int64[]"])
        #expect(
            source.reasons == [
                "unnamed_2_: float64, because 1 of 2 values is missing (\"\", first in record 2), which become nan; the "
                    + "header has no name for column 3",
                "unnamed_0: string, under a made-up name, because the header has no name for column 1",
            ])
        #expect(try rows(of: source).map { $0[0].text } == ["x", "y"])
        #expect(try rows(of: source).isEmpty)
        let numbers = try csv(",0,1\n0,3,4\n1,5,6\n")
        #expect(numbers.types == ["unnamed_0 int64[]", "0 int64[]", "1 int64[]"])
        #expect(try rows(of: numbers).map { $0.map { $0.integers[0] } } == [[0, 3, 4], [1, 5, 6]])
        #expect(try csv(",a\n7,1\n") { $0.types["unnamed_0"] = RequestedType(.uint8) }.types[0] == "unnamed_0 uint8[]")
    }

    @Test func `a name with another delimiter in it is one name if quoted or if the delimiter is given`() throws {
        #expect(try csv("\"a;b\"\n1\n").schema.names == ["a;b"])
        #expect(try csv("\"a,b\"\n1\n").schema.names == ["a,b"])
        #expect(try csv("a;b\n1\n") { $0.text.delimiter = "," }.schema.names == ["a;b"])
        #expect(try csv("a;b\n1;2\n") { $0.text.delimiter = ";" }.schema.names == ["a", "b"])
    }

    @Test func `text that is not UTF-8 is refused, and the error names the record`() throws {
        let bytes = Array("a\nx\nM".utf8) + [0xFC] + Array("nchen\n".utf8)
        let error = #expect(throws: ColonnadeError.self) {
            _ = try CSVSource(.bytes(bytes, name: "latin1.csv"), options: TextSourceOptions())
        }
        #expect(error?.place == .record(source: "latin1.csv", record: 2, column: "a"))
        #expect(error?.message.contains("iconv") == true)
        for mark in [[0xFF, 0xFE, 0x61, 0], [0xFE, 0xFF, 0, 0x61]] as [[UInt8]] {
            let error = #expect(throws: ColonnadeError.self) {
                _ = try CSVSource(.bytes(mark, name: "u.csv"), options: TextSourceOptions())
            }
            #expect(error?.message.contains("UTF-16") == true)
        }
        let marked = try csv("\u{FEFF}a,b\n1,2\n")
        #expect(marked.schema.names == ["a", "b"])
    }

    @Test func `the error for an unknown column in an option suggests the nearest name`() {
        let error = #expect(throws: ColonnadeError.self) {
            _ = try csv("age,name\n1,x\n") { $0.types["aeg"] = RequestedType(.int8) }
        }
        #expect(error?.code == .unknownKey)
        #expect(error?.message.contains("did you mean \"age\"?") == true)
    }

    @Test func `columns of files without a header get names`() throws {
        let source = try csv("1,a\n2,b\n") { $0.text.header = false }
        #expect(source.types == ["c0 int64[]", "c1 string"])
        #expect(try rows(of: source).count == 2)
        #expect(try csv("2019,2020\n1,2\n") { $0.text.header = true }.schema.names == ["2019", "2020"])
    }

    @Test func `one column may have blank lines in the middle`() throws {
        let open = { try csv("a\n1\n\n\n2\n\n\n") { $0.fills = ["a": "nan"] } }
        #expect(try checkSource(open) == [])
        #expect(try rows(of: try open()).map { $0[0].doubles[0].description } == ["1.0", "nan", "nan", "2.0"])
    }

    @Test func `records may cross the borders of read buffers`() throws {
        let text = "a,b\n" + (0..<200).map { "\($0),\"line\n\"\"\($0)\"\"\"\r\n" }.joined()
        let whole = try rows(of: try csv(text))
        #expect(whole[199][1].text == "line\n\"199\"")
        try withTemporaryFile(Array(text.utf8)) { path in
            for readSize in [1, 2, 3, 7, 64] {
                let source = try CSVSource(.file(path), options: TextSourceOptions(), readSize: readSize)
                #expect(try rows(of: source) == whole)
            }
        }
    }

    @Test func `a file that grows or shrinks between the two readings is reported`() throws {
        let rows = (0..<50_000).map { "\($0)\n" }.joined()
        try withTemporaryFile([]) { path in
            for contents in ["a\n" + rows.prefix(100_000), "a\n" + rows + "1\n", "a\n" + rows.dropLast(5) + "x,y\n"] {
                try write("a\n" + rows, to: path)
                let source = try CSVSource(.file(path), options: TextSourceOptions(), readSize: 4_096)
                try write(contents, to: path, inPlace: true)
                #expect(throws: ColonnadeError.self) {
                    while try source.nextChunk(rowLimit: 1_000, byteLimit: 1 << 20) != nil {}
                }
            }
        }
    }

    @Test func `an empty table has a schema`() throws {
        let source = try csv("a,b\n")
        #expect(source.rowCount == 0)
        #expect(source.types == ["a float64[]", "b float64[]"])
        #expect(try source.nextChunk(rowLimit: 5, byteLimit: 5) == nil)
    }

    @Test func `tab-separated files are recognised by their suffix, others by the option`() throws {
        let tabs = try CSVSource(.bytes(Array("a\tb\n1,5\t2\n".utf8), name: "x.tsv"), options: TextSourceOptions())
        #expect(tabs.types == ["a string", "b int64[]"])
        #expect(try csv("a;b\n1;2\n") { $0.text.delimiter = ";" }.schema.count == 2)
        #expect(throws: ColonnadeError.self) { _ = try csv("a\n") { $0.text.delimiter = "\"" } }
    }

    @Test func `gzipped tables are read like plain ones`() throws {
        let packed = "H4sIAAAAAAACA0vUSeIy1KngMtKp5AIAwpZ+nQwAAAA="
        let bytes = try #require(Data(base64Encoded: packed))
        try withTemporaryFile(Array(bytes), suffix: ".csv.gz") { path in
            let source = try CSVSource(path: path)
            #expect(source.types == ["a int64[]", "b string"])
            #expect(try rows(of: source).map { $0[1].text } == ["x", "y"])
        }
    }

    @Test func `a source that is read twice cannot be a pipe`() throws {
        let path = "\(FileManager.default.temporaryDirectory.path)/colonnade-\(UUID().uuidString)"
        let made = unsafe mkfifo(path, 0o600)
        try #require(made == 0)
        defer { try? FileManager.default.removeItem(atPath: path) }
        // A writer is opened first, since opening the pipe for reading would otherwise never return.
        let writer = unsafe open(path, O_RDWR)
        defer { close(writer) }
        let error = #expect(throws: ColonnadeError.self) { _ = try CSVSource(path: path) }
        #expect(error?.message.contains("text is read more than once") == true)
    }

    @Test func `any bytes give rows or an error, the same for any limits`() throws {
        let seed = Array("a,b,c,d\n1,2.5,x,true\n7,NaN,\"q\"\"\n\",FALSE\r\n-3,1e5,007,\n".utf8)
        let alphabet = Array(",\"\n\r01.-eNA x".utf8)
        var random = SplitMix(state: 5)
        var readable = 0
        for round in 0..<20_000 {
            var bytes = Array(seed.prefix(round < seed.count ? round : seed.count))
            for _ in 0..<(round % 4) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] =
                    round % 2 == 0
                    ? .random(in: 0...255, using: &random)
                    : alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            guard let source = try? CSVSource(.bytes(bytes, name: "fuzz"), options: TextSourceOptions()) else {
                continue
            }
            readable += 1
            let count = try rows(of: source).count
            #expect(count == source.rowCount)
            if round % 20 == 0 {
                let problems = try checkSource {
                    try CSVSource(.bytes(bytes, name: "fuzz"), options: TextSourceOptions())
                }
                #expect(problems == [])
            }
        }
        #expect(readable > 1_000)
    }
}
