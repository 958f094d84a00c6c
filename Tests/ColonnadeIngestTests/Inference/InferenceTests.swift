// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct InferenceTests {
    /// Returns the type of a CSV column with the given values, and the reason for it.
    private func infer(_ values: [String], fill: String? = nil, missing: [String]? = nil) throws -> (String, String?) {
        let source = try csv("k,x\n" + values.map { "k,\($0)\n" }.joined()) { options in
            options.fills["x"] = fill
            if let missing { options.text.missing = missing }
        }
        return (source.schema[1].typeDescription, source.reasons.first { $0.hasPrefix("x: ") })
    }

    @Test(arguments: [
        (["1", "-2", "+3"], "int64[]"), (["0", "-0"], "int64[]"), ([" 1", "2\t"], "int64[]"),
        (["9223372036854775807", "-9223372036854775808"], "int64[]"),
        (["9223372036854775808", "0"], "uint64[]"), (["18446744073709551615"], "uint64[]"),
        (["18446744073709551616"], "string"), (["9223372036854775808", "-1"], "string"),
        (["-9223372036854775809"], "string"),
        (["1.5", "2"], "float64[]"), (["1e3"], "float64[]"), ([".5", "5."], "float64[]"),
        (["inf", "-Infinity", "1"], "float64[]"),
        (["1e400"], "string"), (["1e-400"], "float64[]"), (["007"], "string"), (["00.5"], "string"),
        (["0.5"], "float64[]"),
        (["true", "False", "TRUE"], "bool[]"), (["true", "1"], "string"), (["yes"], "string"),
        (["0x10"], "string"), (["1_000"], "string"), (["1,5"].map { "\"\($0)\"" }, "string"), (["1 000"], "string"),
        (["e5"], "string"), (["."], "string"), (["-"], "string"), (["1e"], "string"), (["--1"], "string"),
        (["2012/01/01"], "string"),
        (["", "x"], "string"), (["nan", "1"], "float64[]"), (["NaN", "0.5"], "float64[]"), (["NaN", "x"], "string"),
        (["9007199254740992", "0.5"], "float64[]"), (["18014398509481984", "0.5"], "float64[]"), (["١٢"], "string"),
    ])
    func `values decide the type`(_ values: [String], _ expected: String) throws {
        #expect(try infer(values).0 == expected)
    }

    @Test func `the reason names the value that decided`() throws {
        #expect(try infer(["1", "2"]).1 == nil)
        #expect(try infer(["a", "b"]).1 == nil)
        #expect(
            try infer(["1", "NaN", "3"]).1
                == "x: float64, because record 2 has \"NaN\"; 2 of 3 values are whole numbers")
        #expect(
            try infer(["00501", "10001"]).1
                == "x: string, because \"00501\" in record 1 starts with a zero, as codes do and numbers do not")
        #expect(try infer(["true", "5"]).1 == "x: string, because record 1 has \"true\" and record 2 has \"5\"")
        #expect(
            try infer(["-1", "18446744073709551615"]).1?.hasPrefix("x: string, because no integer type holds both")
                == true)
    }

    @Test func `integers are never rounded silently`() throws {
        for values in [["9007199254740993", "nan"], ["9007199254740993", "0.5"]] {
            let error = #expect(throws: ColonnadeError.self) { _ = try infer(values) }
            #expect(error?.code == .invalidSource)
            #expect(error?.place == .record(source: "t.csv", record: 1, column: "x"))
            // A fill is an error if nothing is missing.
            #expect(error?.message.contains("--fill") == false)
            #expect(error?.message.contains("9007199254740993.0") == true)
        }
        let filled = #expect(throws: ColonnadeError.self) { _ = try infer(["9007199254740993", ""], fill: "nan") }
        #expect(filled?.message.contains("the fill is \"nan\"") == true)
        #expect(filled?.message.contains("--fill x=-1") == true)
        #expect(try infer(["9007199254740993", ""], fill: "-1").0 == "int64[]")
    }

    @Test(arguments: [
        (["1", "NA", "3"], "-1"), (["18446744073709551615", "NA"], "0"), (["0.5", ""], "nan"), (["true", ""], "false"),
        (["1", "null"], "-1"),
    ])
    func `a missing value without a fill is an error, and not another type`(_ values: [String], _ fill: String) throws {
        let error = #expect(throws: ColonnadeError.self) { _ = try infer(values) }
        #expect(error?.place == .record(source: "t.csv", record: 2, column: "x"))
        #expect(
            error?.message.hasPrefix("1 of \(values.count) values is missing (\"\(values[1])\", first here); ") == true)
        #expect(error?.message.hasSuffix("--fill x=\(fill)") == true, "\(error?.message ?? "")")
        let none = #expect(throws: ColonnadeError.self) { _ = try infer(["", ""]) }
        #expect(none?.message.contains("--type x=float64 --fill x=nan") == true)
    }

    @Test func `a fill keeps the type, or widens it as a value would`() throws {
        #expect(
            try infer(["1", ""], fill: "-1") == (
                "int64[]", "x: int64, because 1 of 2 values is missing (\"\", first in record 2), which become -1"
            ))
        #expect(try infer(["1", ""], fill: "0.5").0 == "float64[]")
        #expect(try infer(["true", ""], fill: "false").0 == "bool[]")
        #expect(try infer(["", ""], fill: "7").0 == "int64[]")
        let error = #expect(throws: ColonnadeError.self) { _ = try infer(["1", ""], fill: "none") }
        #expect(error?.code == .invalidArgument)
        let source = try csv("s,i\nx,1\n,\nNA,3\n") { $0.fills = ["s": "?", "i": "-1"] }
        let rows = try rows(of: source)
        #expect(rows.map { $0[0].text } == ["x", "?", "?"])
        #expect(rows.flatMap { $0[1].integers } == [1, -1, 3])
    }

    @Test func `the user chooses the texts of missing values`() throws {
        #expect(try infer(["1", "-999"], fill: "0.5", missing: ["-999"]).0 == "float64[]")
        #expect(throws: ColonnadeError.self) { try infer(["1", "-999"], missing: ["-999"]) }
        #expect(throws: ColonnadeError.self) { try infer(["0.5", "NaN"], missing: ["NaN"]) }
        #expect(try infer(["1", "NA"], missing: ["-999"]).0 == "string")
        #expect(try infer(["1", "nan"], missing: []).0 == "float64[]")
        #expect(try infer(["1", ""], missing: []).0 == "string")
    }

    @Test func `decimals become the nearest number, as in the standard library`() throws {
        var texts = [
            "0.1", "1e22", "1e23", "9007199254740993.0", "5e-324", "2.4703282292062327e-324", "1.7976931348623157e308",
            "123456789012345678901234567890", "0.000000000000000000000000000001", "1.00000005960464477539062500000001",
            "1.000000059604644775390625", "0.30000000000000004", "2.2250738585072011e-308", "8.41e-21",
            "9.5367431640625e-7",
            "-0.0", "4503599627370497.5", "4503599627370496.5", "18446744073709551615.0", "1844674407370955161e19",
        ].map { $0.contains(".") || $0.contains("e") ? $0 : $0 + ".0" }
        var random = SplitMix(state: 11)
        for _ in 0..<20_000 {
            let bits = Double(bitPattern: random.next())
            if bits.isFinite { texts.append("\(bits)") }
            texts.append("\(Double.random(in: -1_000...1_000, using: &random))")
            let digits = String(random.next()).prefix(Int.random(in: 1...19, using: &random))
            texts.append("0.\(digits)")
            texts.append("\(digits)e\(Int.random(in: -40...40, using: &random))")
        }
        let doubles = try csv("d\n" + texts.map { "\($0)\n" }.joined()) { $0.types["d"] = RequestedType(.float64) }
        for (row, text) in zip(try rows(of: doubles), texts) where row[0].doubles != [Double(text) ?? .nan] {
            Issue.record("\(text) became \(row[0].doubles)")
        }
        let small = texts.filter { Float($0)?.isFinite == true }
        let floats = try csv("f\n" + small.map { "\($0)\n" }.joined()) { $0.types["f"] = RequestedType(.float32) }
        for (row, text) in zip(try rows(of: floats), small) where row[0].floats != [Float(text) ?? .nan] {
            Issue.record("\(text) became \(row[0].floats)")
        }
    }

    @Test func `short floating-point types round once`() throws {
        let source = try csv("h,b\n1.00048828125000001,1.00390625000001\n65504,3e38\n5.9604644775390625e-8,1e-40\n") {
            options in
            options.types = ["h": RequestedType(.float16), "b": RequestedType(.bfloat16)]
        }
        let rows = try rows(of: source)
        // The number is slightly more than half a step above 1, so it rounds up and not to even.
        #expect(rows[0][1].scalars(UInt16.self) == [0x3F81])
        #expect(rows[1][0].scalars(UInt16.self) == [0x7BFF])
        #expect(rows[2][0].scalars(UInt16.self) == [0x0001])
    }

    @Test func `types are read as they are written`() throws {
        #expect(try RequestedType(parsing: "float32") == RequestedType(.float32))
        #expect(try RequestedType(parsing: "int32[?]") == RequestedType(.int32, shape: [nil]))
        #expect(try RequestedType(parsing: "int32[2, ?,3]") == RequestedType(.int32, shape: [2, nil, 3]))
        #expect(try RequestedType(parsing: "uint8[]") == RequestedType(.uint8, shape: []))
        #expect(try RequestedType(parsing: "string") == .string)
        #expect(try RequestedType(parsing: "float32[2, ?]").description == "float32[2, ?]")
        for text in [
            "", "float", "int32[", "int32[0]", "int32[-1]", "int32[a]", "int32[1,,2]", "int32[1]]", "int32]",
            "string[2]",
            "float64[99999999999999999999]", "uint8[4294967296,4294967296,4294967296]", "int32[,]",
        ] {
            #expect(throws: ColonnadeError.self) { _ = try RequestedType(parsing: text) }
        }
    }
}
