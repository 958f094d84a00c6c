// SPDX-License-Identifier: Apache-2.0

import CArrow
import ColonnadeCore
import ColonnadeIngest
import Testing

/// Tests invalid structures. For each the source must throw an error, release everything, and not crash.
@Suite struct ArrowHostileTests {
    /// Expects an error for a batch of one column that does not agree with its schema.
    private func refused(
        _ schema: ArrowData, _ bad: ArrowData, _ words: String, location: SourceLocation = #_sourceLocation
    ) {
        let producer = ArrowProducer([.structure([bad.named("x")])], schema: .structure([schema.named("x")]))
        let error = #expect(throws: ColonnadeError.self, sourceLocation: location) {
            try exhaust(try producer.source())
        }
        #expect(
            error?.code == .invalidSource && error?.description.contains(words) == true,
            "\(String(describing: error))", sourceLocation: location)
        switch error?.place {
        case .record(source: "Arrow stream", _, _), .tableRow(source: "Arrow stream", _, _): break
        default:
            Issue.record("no place: \(String(describing: error))", sourceLocation: location)
        }
        #expect(
            producer.ledger.streams == 1 && producer.ledger.schemas == 1
                && producer.ledger.arrays == producer.ledger.exported, sourceLocation: location)
    }

    @Test func `lengths, offsets and counts`() {
        let good = ArrowData.integers("l", [Int64(1), 2])
        for change: (inout ArrowData) -> Void in [
            { $0.length = -1 }, { $0.offset = -1 }, { $0.length = .max }, { $0.offset = .max },
        ] { refused(good, good.with(change), "an array has a length of") }
        let root = ArrowData.structure([good.named("x")])
        for change: (inout ArrowData) -> Void in [
            { $0.length = -5 }, { $0.length = .max }, { $0.offset = .max }, { $0.nullCount = 9 }, { $0.nullCount = -2 },
            { $0.buffers = [] }, { $0.children = [] }, { $0.children.append(good) }, { $0.length = 3 },
            { $0.offset = 1 }, { $0.nullCount = 1 }, { $0.dictionary = [good] },
        ] {
            let producer = ArrowProducer([root.with(change)], schema: root)
            #expect(throws: ColonnadeError.self) { try exhaust(try producer.source()) }
            #expect(producer.ledger.streams == 1 && producer.ledger.arrays == 1)
        }
        refused(good, good.with { $0.nullCount = 3 }, "3 of 2 values are missing")
        refused(good, good.with { $0.nullCount = 1 }, "nothing tells which")
    }

    @Test func `missing buffers and children`() {
        let good = ArrowData.integers("l", [Int64(1), 2])
        refused(good, good.with { $0.buffers = [nil] }, "has 1 buffers")
        refused(good, good.with { $0.buffers = [nil, nil] }, "no buffer where 16 bytes should be")
        refused(good, good.with { $0.children = [good] }, "has 1 children instead of 0")
        refused(good, good.with { $0.dictionary = [good] }, "whether there is a dictionary")
        let bools = ArrowData.bools([true])
        refused(bools, bools.with { $0.buffers[1] = nil }, "bool has no buffer")
        let text = ArrowData.text(["a", "b"])
        refused(text, text.with { $0.buffers[1] = nil }, "has no offsets")
        refused(text, text.with { $0.buffers[2] = nil }, "no buffer where 2 bytes should be")
        let list = ArrowData.list([1, 1], of: good)
        refused(list, list.with { $0.children = [] }, "has 0 children instead of 1")
        refused(list, list.with { $0.buffers[1] = nil }, "has no offsets")
        let indices = ArrowData.dictionary("c", [Int8(0), 1], of: text)
        refused(indices, indices.with { $0.dictionary = [] }, "whether there is a dictionary")
        refused(indices, indices.with { $0.dictionary[0].length = -1 }, "a length of -1")
        refused(indices, indices.with { $0.dictionary[0].buffers = [] }, "has 0 buffers")
    }

    @Test func `offsets that decrease, or are too large`() {
        let numbers = ArrowData.integers("l", [Int64(1), 2, 3])
        let list = ArrowData.list([1, 2], of: numbers)
        for ends in [[Int32(0), 2, 1], [-1, 1, 3], [0, 1, 4], [3, 1, 3], [0, .max, .max]] {
            refused(list, list.with { $0.buffers[1] = littleEndian(ends) }, "offset")
        }
        let large = ArrowData.list([1, 2], of: numbers, isLarge: true)
        refused(large, large.with { $0.buffers[1] = littleEndian([Int64(0), 1, .max]) }, "offset")
        let text = ArrowData.text(["ab", "c"])
        for ends in [[Int32(0), 2, 1], [-1, 1, 3], [3, 2, 3]] {
            refused(text, text.with { $0.buffers[1] = littleEndian(ends) }, "offset")
        }
        let values = ArrowData.dictionary("c", [Int8(0), 1], of: text)
        refused(values, values.with { $0.dictionary[0].buffers[1] = littleEndian([Int32(0), 2, 1]) }, "offset")
    }

    @Test func `lists of a fixed size over too few elements`() {
        let lists = ArrowData.fixedList(2, of: .integers("l", (0..<4).map(Int64.init)))
        refused(lists, lists.with { $0.length = 3 }.slice(1..<3).with { $0.offset = 2 }, "a child has 4 of")
        let huge = ArrowData.fixedList(2, of: .integers("l", [Int64]())).with { $0.format = "+w:2147483647" }
        let nested = ArrowData.fixedList(1, of: huge).with {
            $0.format = "+w:2147483647"
            $0.length = 2
        }
        let deep = ArrowData.fixedList(1, of: nested).with {
            $0.format = "+w:2147483647"
            $0.length = 2
        }
        refused(deep, deep, "")
    }

    @Test func `views that point elsewhere`() {
        let long = Array(repeating: UInt8(65), count: 20)
        let good = ArrowData.views("vu", [long])
        func view(_ length: Int32, _ buffer: Int32, _ start: Int32) -> ArrowData {
            good.with { $0.buffers[1] = bytes(length) + long.prefix(4) + bytes(buffer, start) }
        }
        refused(good, view(-1, 0, 0), "a view has a length of -1")
        for bad in [view(20, 2, 0), view(20, -1, 0), view(20, 7, 0)] { refused(good, bad, "a view is of buffer") }
        for bad in [view(21, 0, 0), view(20, 0, 1), view(20, 0, -1), view(.max, 0, .max)] {
            refused(good, bad, "a view of")
        }
        refused(good, good.with { $0.buffers = [nil, $0.buffers[1]] }, "has 2 buffers")
        refused(good, good.with { $0.buffers[4] = nil }, "a view is of buffer")
        refused(good, good.with { $0.buffers[4] = littleEndian([Int64(-1), 0]) }, "a view of")
    }

    @Test func `text that is not UTF-8, also if only some of it is wrong`() {
        let bad = ArrowData.data("u", [[65], [0xFF]])
        refused(bad, bad, "row 1, column \"x\": the text is not UTF-8")
        let split = ArrowData.data("u", [[0xC3], [0xA4]])
        refused(split, split, "row 0, column \"x\": the text is not UTF-8")
        let labels = ArrowData.dictionary("c", [Int8(0)], of: .data("u", [[0xFF]]))
        refused(labels, labels, "a dictionary is not UTF-8")
    }

    @Test func `invalid schemas`() {
        let one = ArrowData.integers("l", [Int64(1)])
        let wrong: [(ArrowData, String)] = [
            (one, "not of record batches"), (.structure([]), "no columns"),
            (.structure([.structure([])]), "no columns"),
            (.structure([one.with { $0.format = "" }]), "no Arrow format"),
            (.structure([one.with { $0.format = "w:-1" }]), "no size that can be"),
            (
                .structure([
                    one.with {
                        $0.format = "+w:x"
                        $0.children = [one]
                    }
                ]), "no size that can be"
            ),
            (.structure([one.with { $0.format = "+l" }]), "has 0 children"),
            (.structure([one.with { $0.children = [one] }]), "has 1 children"),
            (.structure([one.named("a"), one.named("a")]), "occurs twice"), (.structure([one]), "empty name"),
            (.structure([one.named("x").extended("arrow.fixed_shape_tensor")]), "cannot be read"),
            (
                .structure([
                    one.with {
                        $0.dictionary = [one]
                        $0.format = "g"
                    }.named("x")
                ]), "for indices"
            ),
        ]
        for (schema, words) in wrong {
            let producer = ArrowProducer([], schema: schema)
            let error = #expect(throws: ColonnadeError.self) { _ = try producer.source() }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
            #expect(producer.ledger.streams == 1 && producer.ledger.schemas == 1)
        }
        var deep = one
        for _ in 0..<70 { deep = .list([1], of: deep) }
        let producer = ArrowProducer([], schema: .structure([deep.named("x")]))
        let error = #expect(throws: ColonnadeError.self) { _ = try producer.source() }
        #expect(error?.message.contains("64 deep") == true)
    }

    @Test func `changed structures give rows or an error`() throws {
        let base = ArrowData.structure([
            ArrowData.list([2, 0, 1], of: .integers("i", [Int32(1), 2, 3])).named("a"),
            ArrowData.text(["one", "", "three"]).missing(1).named("b"),
            ArrowData.views("vz", [[1], Array(repeating: 2, count: 30), []]).named("c"),
            ArrowData.dictionary("c", [Int8(0), 1, 0], of: .text(["p", "q"])).named("d"),
        ])
        var random = SplitMix(state: 11)
        for _ in 0..<3_000 {
            var bad = base
            let column = Int.random(in: 0..<4, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bad.children[column].nullCount = Int.random(in: -2...4, using: &random)
            case 1: bad.children[column].buffers[0] = [UInt8.random(in: 0...255, using: &random)]
            default:
                // Indices, ends and views can be checked, so single bytes of them are changed.
                let index = Int.random(in: 0..<bad.children[column].buffers[1]!.count, using: &random)
                // The size of the buffer that the ends of text index is unknown.
                if column == 1 { continue }
                bad.children[column].buffers[1]![index] = UInt8.random(in: 0...255, using: &random)
            }
            let producer = ArrowProducer([bad, base])
            do {
                try exhaust(try producer.source { $0.fills = ["b": "", "a": "0", "c": "", "d": "q"] })
            } catch let error as ColonnadeError {
                #expect(error.description.contains("Arrow stream"), "\(error)")
            }
            #expect(producer.ledger.arrays == producer.ledger.exported && producer.ledger.streams == 1)
        }
    }
}
