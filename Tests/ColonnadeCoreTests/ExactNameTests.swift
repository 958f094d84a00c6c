// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import Testing

/// Pairs of names that are equal by Unicode equivalence and have different bytes.
private let twins = [
    ("\u{E9}", "e\u{301}"), ("\u{212B}", "\u{C5}"), ("\u{2126}", "\u{3A9}"), ("\u{AC00}", "\u{1100}\u{1161}"),
]

@Suite struct ExactNameTests {
    @Test(arguments: twins)
    func `names are compared by their bytes`(first: String, second: String) throws {
        #expect(first == second)
        #expect(ExactName(first) != ExactName(second) && ExactName(first) == ExactName(first))
        #expect(Set([first, second, first].map { ExactName($0) }).count == 2)

        var map: NameMap<Int> = [:]
        map[first] = 1
        map[second] = 2
        #expect(map.count == 2 && map[first] == 1 && map[second] == 2)
        #expect(map.updateValue(3, forName: first) == 1 && map.removeValue(forName: second) == 2)
        #expect(map.map(\.name).count == 1 && map == NameMap([(first, 3)]) && map != NameMap([(second, 3)]))

        let schema = try Schema([Field(first, .int8), Field(second, .int16)])
        #expect(schema.index(named: second) == 1)
        #expect(Field(first, .int8) != Field(second, .int8))
        #expect(Set([Field(first, .int8), Field(second, .int8)]).count == 2)
        #expect(try Schema([Field(first, .int8)]) != Schema([Field(second, .int8)]))
        #expect(Field.Meaning.classLabels([first]) != .classLabels([second]))
    }

    @Test func `maps are in the order of the bytes`() {
        let map: NameMap<Int> = ["b": 1, "\u{E9}": 2, "e\u{301}": 3, "a": 4]
        #expect(map.names.map { Array($0.utf8) } == ["a", "b", "e\u{301}", "\u{E9}"].map { Array($0.utf8) })
        #expect(map.map(\.value) == [4, 1, 3, 2])
        #expect(map.merging(["a": 5, "c": 6]).map(\.value) == [5, 1, 6, 3, 2])
        #expect(map.mapValues { $0 * 2 }["b"] == 2 && map.filter { $1 > 2 }.names.count == 2)
    }

    @Test func `prefixes and separators are found before combining marks`() {
        #expect("a=\u{301}b".cut(at: "=").map { Array($0.after.utf8) } == Array("\u{301}b".utf8))
        #expect("a: \u{301}".startsWithBytes(of: "a: ") && !"\u{E9}".startsWithBytes(of: "e"))
        #expect("\u{600}.npy".endsWithBytes(of: ".npy"))
        #expect("ab".cut(at: "=") == nil)
    }
}
