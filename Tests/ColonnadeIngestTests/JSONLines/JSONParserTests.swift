// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Foundation
import Testing

@Suite struct JSONParserTests {
    @Test(arguments: [
        "{}", "[]", " { \"a\" : [ 1 , -2.5e+10 , true , false , null , \"x\" ] } ",
        "\"\\u00e4\\uD83D\\uDE00\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "0", "-0", "0.0", "1E5", "{\"\":{\"\":[]}}", "\"\u{7F}\u{10FFFF}\"", "[[[[]]]]",
        "NaN", "[Infinity,-Infinity , NaN]",
    ])
    func `valid texts are accepted`(_ text: String) throws {
        let nodes = try JSONParser.parse(Array(text.utf8))
        #expect(nodes[0].next == UInt32(nodes.count))
    }

    @Test(arguments: [
        "", " ", "{", "}", "[1,]", "[,1]", "{\"a\":1,}", "{\"a\"}", "{\"a\":}", "{a:1}", "{'a':1}", "[1 2]", "nul",
        "True", "nan", "Na", "NaNs", "-NaN", "inf", "+Infinity", "-Inf", "Infinity0", "[-Infinit]", "01", "-", "+1",
        "1.", ".5", "1e", "1e+", "0x10", "1_000", "\"a", "\"\\", "\"\\x\"", "\"\\u12\"",
        "\"\\u12g4\"", "\"\\uD800\"", "\"\\uDC00\"", "\"\\uD800\\u0041\"", "\"a\tb\"", "\"\u{0}\"", "[1]]", "1 1",
        "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "/**/1", "[1]//",
    ])
    func `invalid texts are refused`(_ text: String) {
        let error = #expect(throws: ColonnadeError.self) { _ = try JSONParser.parse(Array(text.utf8)) }
        #expect(error?.code == .invalidSource)
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        for bytes in [
            [0x80], [0xC3], [0xC0, 0xAF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF0, 0x9F, 0x98],
            [0xFF], [0xE2, 0x28, 0xA1],
        ] as [[UInt8]] {
            #expect(throws: ColonnadeError.self) { _ = try JSONParser.parse([0x22] + bytes + [0x22]) }
        }
    }

    @Test func `depth is limited, and repeated keys are found in large objects too`() throws {
        let limit = JSONParser.depthLimit
        let deep = { (count: Int) in String(repeating: "[", count: count) + String(repeating: "]", count: count) }
        #expect(try JSONParser.parse(Array(deep(limit).utf8)).count == limit)
        #expect(throws: ColonnadeError.self) { _ = try JSONParser.parse(Array(deep(limit + 1).utf8)) }
        #expect(throws: ColonnadeError.self) {
            _ = try JSONParser.parse(Array(String(repeating: "[", count: 1_000_000).utf8))
        }

        let keys = (0..<1_000).map { "\"k\($0)\":\($0)" }
        #expect(try JSONParser.parse(Array("{\(keys.joined(separator: ","))}".utf8)).count == 2_001)
        let repeated = (keys + ["\"k500\":0"]).joined(separator: ",")
        let error = #expect(throws: ColonnadeError.self) { _ = try JSONParser.parse(Array("{\(repeated)}".utf8)) }
        #expect(error?.message.contains("\"k500\" occurs twice") == true)
    }

    @Test func `the parser accepts the same texts as Foundation, for 20,000 mutations and all truncations`() {
        let seed = Array(
            "{\"a\":[1,-2.5e3,{\"b\":\"\\u00e4\\ud83d\\ude00x\\n\"}],\"c\":null,\"d\":true,\"é\":[[],[0]],\"\":\"日本\"}"
                .utf8)
        let alphabet = Array("{}[]\",:\\0123456789eE+-.truefalsn u".utf8)
        var random = SplitMix(state: 7)
        for round in 0..<20_000 {
            var bytes = seed
            if round < seed.count {
                bytes = Array(seed.prefix(round))
            } else {
                for _ in 0...round % 3 {
                    let at = Int.random(in: 0..<bytes.count, using: &random)
                    bytes[at] =
                        round % 2 == 0
                        ? .random(in: 0...255, using: &random)
                        : alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                }
            }
            let ours = (try? JSONParser.parse(bytes)) != nil
            let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
            // Foundation also accepts repeated keys, some numbers, lone surrogates and NUL.
            if ours { #expect(theirs, "\(String(decoding: bytes, as: UTF8.self))") }
        }
    }
}
