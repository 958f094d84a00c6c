// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import Testing

@testable import ColonnadeIngest

/// The result of an ingest of several joined files: the types, and the rows as JSON Lines.
private struct Outcome: Equatable {
    var types: [String]
    var rows: [String]
    var reasons: [String]
}

/// Ingests files of one format with the names `part-0.csv` and so on.
private func ingest(
    _ texts: [String], _ format: String = "csv", _ configure: (inout IngestOptions) -> Void = { _ in }
) throws -> Outcome {
    let scratch = try Scratch()
    var paths: [String] = []
    for (index, text) in texts.enumerated() {
        paths.append(try scratch.write(Array(text.utf8), "part-\(index).\(format)"))
    }
    return try ingest(paths, in: scratch, configure)
}

private func ingest(
    _ paths: [String], in scratch: Scratch, _ configure: (inout IngestOptions) -> Void = { _ in }
) throws -> Outcome {
    var options = IngestOptions()
    configure(&options)
    let ingestor = try Ingestor(paths: paths, options: options)
    let reasons = ingestor.plan.reasons
    _ = try ingestor.write(to: scratch.path("x.colonnade"))
    let dataset = try StoredDataset(path: scratch.path("x.colonnade"))
    try DatasetExport(dataset).write(to: scratch.path("x.jsonl"))
    let text = String(decoding: try contents(scratch.path("x.jsonl")), as: UTF8.self)
    return Outcome(
        types: dataset.schema.map(\.description), rows: text.split(separator: "\n").map(String.init), reasons: reasons)
}

private func failure(
    _ texts: [String], _ format: String = "csv", _ configure: (inout IngestOptions) -> Void = { _ in }
) -> String {
    do {
        return "no error: \(try ingest(texts, format, configure))"
    } catch {
        return "\(error)"
    }
}

private func npy<Value: FixedWidthInteger>(_ type: String, _ values: [Value]) -> [UInt8] {
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(values.count),), }\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
        + values.flatMap { bytes($0) }
}

@Suite struct AlignmentTests {
    @Test func `columns are found by name, and numbers become wider`() throws {
        let table = try ingest(["a,b\n1,2\n", "b,a\n0.5,7\n"])
        #expect(table.types == ["a int64[]", "b float64[]"])
        #expect(table.rows == [#"{"a":1,"b":2.0}"#, #"{"a":7,"b":0.5}"#])
        #expect(table.reasons.count == 1)
        let reason = table.reasons[0]
        #expect(reason.hasPrefix("b: float64[], because it is int64[] in ") && reason.hasSuffix("part-1.csv"))
        #expect(reason.contains("part-0.csv and float64[] in"))
        let large = try ingest(["a\n1\n", "a\n18446744073709551615\n"])
        #expect(large.types == ["a uint64[]"] && large.rows == [#"{"a":1}"#, #"{"a":18446744073709551615}"#])
        let texts = ["{\"a\":[1,2],\"b\":1}\n", "{\"b\":null,\"a\":[3.5]}\n", "{\"b\":4,\"a\":[]}\n"]
        let lines = try ingest(texts, "jsonl") {
            $0.columns = ["a"]
            $0.fills = ["b": "0"]
        }
        #expect(lines.types == ["a float64[?]"])
        #expect(lines.rows == [#"{"a":[1.0,2.0]}"#, #"{"a":[3.5]}"#, #"{"a":[]}"#])
    }

    @Test func `a column without values gets the type of the others`() throws {
        for texts in [["a,s\n1,x\n", "a,s\n,\n"], ["a,s\n,\n", "a,s\n1,x\n"], ["a,s\n", "a,s\n1,x\n", "a,s\n,\n"]] {
            #expect(failure(texts).contains("--fill a=-1"))
            let filled = try ingest(texts) { $0.fills = ["a": "-1", "s": "none"] }
            #expect(filled.types == ["a int64[]", "s string"])
            #expect(filled.rows.sorted() == [#"{"a":-1,"s":"none"}"#, #"{"a":1,"s":"x"}"#])
        }
        let lines = ["{\"a\":[1,2],\"s\":\"x\"}\n", "{\"a\":null,\"s\":null}\n"]
        #expect(failure(lines, "jsonl").contains("--fill s="))
        let filled = try ingest(lines, "jsonl") { $0.fills = ["a": "0", "s": ""] }
        #expect(filled.types == ["a int64[2]", "s string"] && filled.rows[1] == #"{"a":[0,0],"s":""}"#)
    }

    @Test func `joins that would lose data are refused, with both files named`() throws {
        let inexact = failure(["a\n9007199254740993\n", "a\n0.5\n"])
        #expect(
            inexact.contains(
                "part-0.csv, record 1, column \"a\": 9007199254740993 is a whole number that float64 cannot"))
        #expect(inexact.contains("int64[] in ") && inexact.contains("part-1.csv"))
        let missing = failure(["a\nNA\n", "a\n\n"])
        #expect(missing.contains("all values are missing; leave the column out") && missing.contains("part-0.csv"))
        let number = failure(["a\n9007199254740993\n", "a\nNA\n"])
        #expect(number.contains("--fill a=-1") && number.contains("part-1.csv"))
        let negative = failure(["a\n-1\n", "a\n18446744073709551615\n"])
        #expect(negative.contains("-1 is beyond the range of uint64") && negative.contains("part-1.csv"))
        for (texts, types) in [
            (["a\n1\n", "a\nx\n"], ["int64[] in", "string in"]),
            (["a\n1\n", "a\ntrue\n"], ["int64[] in", "bool[] in"]),
        ] {
            let error = failure(texts)
            #expect(
                types.allSatisfy { error.contains($0) } && error.contains("part-0.csv") && error.contains("part-1.csv"))
            #expect(try ingest(texts) { $0.types = ["a": .string] }.types == ["a string"])
        }
        #expect(
            failure(["a\n1\n", "a\n16777217\n"]) { $0.types = ["a": RequestedType(.float32)] }.contains(
                "float32 cannot"))
    }

    @Test func `arrays of several widths`() throws {
        let scratch = try Scratch()
        for (name, bytes) in [
            ("1/x.npy", npy("|u1", [UInt8(200)])), ("2/x.npy", npy("<i2", [Int16(-5)])),
            ("3/x.npy", npy("<f4", [Float(0.5).bitPattern])), ("4/x.npy", npy("<i8", [Int64(1) << 53 + 1])),
        ] {
            try makeFolder(scratch.path(String(name.prefix(1))))
            try scratch.write(bytes, name)
        }
        let paths = (1...4).map { scratch.path("\($0)/x.npy") }
        let integers = try ingest(Array(paths[..<2]), in: scratch)
        #expect(integers.types == ["x int16[]"] && integers.rows == [#"{"x":200}"#, #"{"x":-5}"#])
        try remove(scratch.path("x.colonnade"), scratch.path("x.jsonl"))
        let floats = try ingest(Array(paths[..<3]), in: scratch)
        #expect(floats.types == ["x float32[]"] && floats.rows == [#"{"x":200.0}"#, #"{"x":-5.0}"#, #"{"x":0.5}"#])
        try remove(scratch.path("x.colonnade"), scratch.path("x.jsonl"))
        let error = #expect(throws: ColonnadeError.self) { _ = try ingest(paths, in: scratch) }
        #expect(error?.message.contains("9007199254740993 is a whole number that float64 cannot hold exactly") == true)
    }

    @Test(arguments: [
        (DType.uint8, DType.int8, DType?.some(.int16)), (.uint32, .int64, .int64), (.uint64, .int8, .uint64),
        (.float16, .uint8, .float16), (.float16, .int16, .float32), (.float32, .int32, .float64),
        (.bfloat16, .float16, .float32), (.bfloat16, .float64, .float64), (.bool, .uint8, nil), (.bool, .bool, .bool),
    ])
    func `the join of two types`(first: DType, second: DType, joined: DType?) {
        #expect(first.joined(with: second) == joined && second.joined(with: first) == joined)
    }

    @Test func `casts of integers to floating-point types are exact`() throws {
        for (dtype, good, bad) in [
            (DType.float64, Int64(1) << 53, Int64(1) << 53 + 1), (.float32, 1 << 24, 1 << 24 + 1),
            (.float16, 2048, 2049), (.bfloat16, 256, 257), (.float16, -2048, 1 << 20),
        ] {
            let source = try MemorySource([(Field("x", .int64), [bytes(good), bytes(bad)])])
            let error = #expect(throws: ColonnadeError.self) {
                try exhaust(try ConvertedSource(source, types: ["x": RequestedType(dtype)]))
            }
            #expect(error?.message.hasPrefix("\(bad) is a whole number that \(dtype.name) cannot hold") == true)
            #expect(error?.place == .record(source: "memory", record: 2, column: "x"))
        }
        let wide = try MemorySource([(Field("x", .uint64), [bytes(UInt64(1) << 63), bytes(UInt64(1) << 63 + 1)])])
        let error = #expect(throws: ColonnadeError.self) {
            try exhaust(try ConvertedSource(wide, types: ["x": RequestedType(.float32)]))
        }
        #expect(error?.message.hasPrefix("9223372036854775809 is a whole") == true)
    }

    @Test func `texts of integers are kept or refused`() throws {
        for (text, dtype, fits) in [
            ("9007199254740993", DType.float64, false), ("9007199254740993.0", .float64, true),
            ("16777217", .float32, false),
            ("16777216", .float32, true), ("2049", .float16, false), ("1000000000000000000000", .float64, true),
            ("1000000000000000000001", .float64, false), ("-18446744073709551616", .float64, true),
            ("257", .bfloat16, false),
            ("1e17", .float32, true),
        ] {
            let open = { try csv("x\n\(text)\n") { $0.types = ["x": RequestedType(dtype)] } }
            if fits {
                #expect(try rows(of: try open()).count == 1)
            } else {
                let error = #expect(throws: ColonnadeError.self) { try exhaust(try open()) }
                #expect(error?.message.contains("is a whole number that \(dtype.name) cannot hold exactly") == true)
            }
        }
    }
}
