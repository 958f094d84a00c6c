// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore
import Testing

/// Tests missing values in text sources: fills by kind, masks, and one error that names all columns.
struct MissingValueTests {
    private static let table = "f,i,b,s,w\n0.5,1,true,a,1\n,,,,2\nNA,3,false,NA,3\n"
    private static let lines = """
        {"f":0.5,"i":1,"b":true,"s":"a","l":[1,2],"r":[1]}
        {"f":null,"b":null,"l":[3,null],"r":null}
        {"f":1.5,"i":3,"b":false,"s":null,"l":null,"r":[1,2]}
        """

    private func kinds(_ options: inout TextSourceOptions) throws {
        options.kindFills = try KindFills(command: "float:nan,int:-1,bool:false,str:?")
        options.text.masks = true
    }

    @Test func `CSV: each column with a fill of its kind has a mask after it`() throws {
        let source = try csv(Self.table, readSize: 5, kinds)
        #expect(
            source.types == [
                "f float64[]", "f.valid bool[]", "i int64[]", "i.valid bool[]", "b bool[]", "b.valid bool[]",
                "s string", "s.valid bool[]", "w int64[]", "w.valid bool[]",
            ])
        let found = try rows(of: source)
        #expect(found[1][0].doubles[0].isNaN && found[2][0].doubles[0].isNaN && found[0][0].doubles == [0.5])
        #expect(found.map { $0[2].integers } == [[1], [-1], [3]])
        #expect(found.map { $0[4].bytes } == [[1], [0], [0]])
        #expect(found.map { $0[6].text } == ["a", "?", "?"])
        #expect(
            found.map { row in [1, 3, 5, 7, 9].map { row[$0].bytes[0] } } == [
                [1, 1, 1, 1, 1], [0, 0, 0, 0, 1], [0, 1, 1, 0, 1],
            ])
        #expect(source.reasons.contains("i.valid: bool[], false where i was missing"))
    }

    @Test func `JSON Lines: a mask has missing elements and missing arrays`() throws {
        let source = try jsonLines(Self.lines, readSize: 5, kinds)
        #expect(source.schema.names == ["f", "i", "b", "s", "l", "r"].flatMap { [$0, "\($0).valid"] })
        // Rows that are removed again at the limit of a chunk are counted once.
        var valid: [[UInt8]] = [[], [], [], [], [], []]
        while let chunk = try source.nextChunk(rowLimit: 10, byteLimit: 1) {
            for index in 0..<6 { valid[index] += chunk.columns[2 * index + 1].values }
        }
        #expect(valid == [[1, 0, 1], [1, 0, 1], [1, 0, 1], [1, 0, 0], [1, 0, 0], [1, 0, 1]])
        let found = try rows(of: try jsonLines(Self.lines, kinds))
        #expect(found.map { $0[8].integers } == [[1, 2], [3, -1], [-1, -1]])
        #expect(found.map { $0[10].integers } == [[1], [], [1, 2]])
        #expect(found.map { $0[6].text } == ["a", "?", "?"])
    }

    @Test func `a fill of the column has precedence, and columns without a fill have no mask`() throws {
        let source = try csv("f,i,b,s,w\n0.5,1,true,a,1\nNaN,,false,,2\n1.5,3,false,NA,3\n") {
            $0.kindFills = KindFills([.int: "-1"])
            $0.fills = ["i": "7"]
            $0.text.masks = true
        }
        #expect(source.schema.names == ["f", "i", "i.valid", "b", "s", "w", "w.valid"])
        #expect(try rows(of: source).map { $0[1].integers } == [[1], [7], [3]])
        let alone = try csv(Self.table) { $0.text.masks = true }
        #expect(alone.schema.count == 10)
        let found = try rows(of: alone)
        #expect(found[1][2].integers == [0] && found[1][4].bytes == [0] && found[1][6].text == "")
        #expect(try csv("a,a.valid\n1,2\n").schema.names == ["a", "a.valid"])
        let clash = #expect(throws: ColonnadeError.self) { _ = try csv("a,a.valid\n1,2\n") { $0.text.masks = true } }
        #expect(clash?.message.contains("--mask") == true)
    }

    @Test func `a fill that does not fit the type is an error only if a value is missing`() throws {
        func tiny(_ text: String) throws -> CSVSource {
            try csv(text) {
                $0.types = ["x": .init(.uint8)]
                try kinds(&$0)
            }
        }
        #expect(try rows(of: try tiny("x\n1\n")).map { $0[1].bytes } == [[1]])
        let error = #expect(throws: ColonnadeError.self) { _ = try tiny("x\n1\nNA\n") }
        #expect(error?.place == .record(source: "t.csv", record: 2, column: "x"))
        #expect(error?.message.contains("--fill x=") == true)
        for text in ["int:0.5", "float:a", "bool:1", "number:1", "int", ""] {
            #expect(throws: ColonnadeError.self) { try KindFills(command: text) }
        }
        #expect(try KindFills(command: "bytes:a,str:a=b").texts == [.bytes: "YQ==", .str: "a=b"])
    }

    @Test func `one error names all columns with missing values`() throws {
        let types: NameMap<RequestedType> = ["i": .init(.int16), "b": .init(.bool), "w": .init(.uint8)]
        let table = "i,b,w,s\n1,true,1,a\n2,true,NA,\n,,3,x\nx,true,4,y\n"
        let ofTable = #expect(throws: ColonnadeError.self) { _ = try csv(table) { $0.types = types } }
        #expect(ofTable?.place == .record(source: "t.csv", record: 2, column: "w"))
        for part in ["\"i\" (first in record 3)", "\"b\" (first in record 3)", "--fill w=0", "'*=int:0,bool:false'"] {
            #expect(ofTable?.message.contains(part) == true, "\(part) in \(ofTable?.message ?? "")")
        }
        let ofLines = #expect(throws: ColonnadeError.self) {
            _ = try jsonLines(Self.lines) { $0.types = ["l": .init(.int8)] }
        }
        #expect(ofLines?.place == .record(source: "t.jsonl", record: 2, column: "f"))
        for part in ["\"b\" (first", "\"s\" (first", "\"r\" (first", "\"l\" (first in record 2)", "--fill l=-1"] {
            #expect(ofLines?.message.contains(part) == true, "\(part) in \(ofLines?.message ?? "")")
        }
        let large = #expect(throws: ColonnadeError.self) { _ = try csv("a,b\n9007199254740993,9007199254740993\n,\n") }
        #expect(large?.message.contains("--fill a=-1 --fill b=-1") == true)
    }

    @Test func `missing values in columns that are not selected are ignored`() throws {
        let scratch = try Scratch()
        try scratch.write(Array(Self.table.utf8), "t.csv")
        try scratch.write(Array(Self.lines.utf8), "t.jsonl")
        for (name, column) in [("t.csv", "number=w"), ("t.csv", "s"), ("t.jsonl", "l")] {
            var options = IngestOptions()
            options.columns = [column]
            if name == "t.jsonl" { options.kindFills = KindFills([.int: "0"]) }
            let source = try Ingestor(paths: [scratch.path(name)], options: options)
            #expect(source.plan.schema.count == 1)
            try source.rehearse()
            options.columns.append("b")
            let error = #expect(throws: ColonnadeError.self) {
                _ = try Ingestor(paths: [scratch.path(name)], options: options)
            }
            #expect(error?.message.hasSuffix("--fill b=false") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `options that no source uses are refused`() throws {
        let scratch = try Scratch()
        let array = try scratch.write(NumPySourceTests.file("<i4", "(1,)", [7, 0, 0, 0]), "a.npy")
        let lines = try scratch.write(Array("{\"b\":1}\n".utf8), "b.jsonl")
        let table = try scratch.write(Array("c\n1\n".utf8), "c.csv")
        let cases: [(String, (inout IngestOptions) -> Void, [String])] = [
            ("--mask", { $0.text.masks = true }, [array]), ("--missing", { $0.text.missing = ["-"] }, [array]),
            ("--delimiter", { $0.text.delimiter = ";" }, [array, lines]),
            ("--quote", { $0.text.quoting = .none }, [lines]),
            ("--header", { $0.text.header = true }, [lines]), ("--escapes", { $0.text.escapes = true }, [lines]),
            ("--vector", { $0.text.vectors = [VectorColumn(name: "v", first: "b", last: "b")] }, [lines]),
        ]
        for (name, configure, paths) in cases {
            var options = IngestOptions()
            configure(&options)
            let error = #expect(throws: ColonnadeError.self) { _ = try Ingestor(paths: paths, options: options) }
            #expect(error?.code == .invalidArgument && error?.message.hasPrefix("\(name) is for") == true)
        }
        var masked = IngestOptions()
        masked.text.masks = true
        #expect(try Ingestor(paths: [array, table], options: masked).plan.schema.names == ["a", "c", "c.valid"])
    }

    @Test func `joined files, selected columns and appends keep masks and fills`() throws {
        let scratch = try Scratch()
        try scratch.write(Array("a,k\n1,0\nNA,\n".utf8), "integers.csv")
        try scratch.write(Array("k,a\n1,0.5\n,NA\n".utf8), "decimals.csv")
        try scratch.write(Array("cat\ndog\n".utf8), "names.txt")
        let (integers, decimals) = (scratch.path("integers.csv"), scratch.path("decimals.csv"))
        let target = scratch.path("t.colonnade")
        var options = IngestOptions()
        options.kindFills = try KindFills(command: "float:-0.5,int:7")
        options.text.masks = true
        options.columns = ["class=k", "a"]
        options.labels = ["class": scratch.path("names.txt")]
        _ = try Ingestor(paths: [integers, decimals], options: options).write(to: target)
        options.labels = [:]
        _ = try Ingestor(paths: [integers], appendingTo: target, options: options).append()
        let (schema, chunk) = try IngestorTests.stored(target)
        #expect(schema.names == ["class", "class.valid", "a", "a.valid"])
        let values = chunk.columns.map(\.values)
        // A missing value has no class. With several files, the joined type determines the fill of a column.
        #expect(values[0] == [0, -1, 1, -1, 0, -1].flatMap { bytes(Int64($0)) })
        #expect(values[2] == [1, -0.5, 0.5, -0.5, 1, -0.5].flatMap { bytes(Double($0).bitPattern) })
        #expect(values[1] == [1, 0, 1, 0, 1, 0] && values[3] == values[1])
    }
}
