// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// Tests samples of several sources with class names.
@Suite struct ClassNameTests {
    private func labelled(
        _ labels: [Int8], _ names: [String]?, shape: [Int?] = []
    ) throws -> Buffer {
        let field = Field("y", .int8, shape, meaning: names.map { .classLabels($0) })
        let schema = try Schema([field])
        let count = shape.isEmpty ? 1 : 2
        return try Buffer(
            labels.map { label in
                let values = [Int8](repeating: label, count: count)
                return Sample(schema: schema, tensors: [Tensor(values, shape: shape.isEmpty ? [] : [count])])
            })
    }

    private func labels(_ stream: Colonnade.Stream) throws -> [[Int8]] {
        var result: [[Int8]] = []
        var pass = stream.makeIterator()
        while let sample = try pass.next() { result.append(try sample["y"].elements(as: Int8.self)) }
        return result
    }

    @Test func `equal names are kept, other names and other orders are refused`() throws {
        let cats = try labelled([0, 1], ["cat", "dog"])
        #expect(try cats.appending(cats).schema[0].meaning == .classLabels(["cat", "dog"]))
        for names in [["dog", "cat"], ["cat", "dog", "owl"], ["cat"], nil] {
            let other = try labelled([0], names)
            for (first, second) in [(cats, other), (other, cats)] {
                for join in [
                    { try first.appending(second).stream() },
                    { try Stream.interleaved([first.stream(), second.stream()]) },
                    { try Stream.mixed([first.stream(), second.stream()], weights: [1, 1], seed: 1) },
                ] as [() throws -> Colonnade.Stream] {
                    let error = #expect(throws: ColonnadeError.self) { _ = try join() }
                    #expect(error?.code == .invalidArgument && error?.message.contains("class names") == true)
                }
            }
        }
        // Two Unicode forms of one character are different names.
        let composed = try labelled([0], ["\u{E9}"])
        #expect(throws: ColonnadeError.self) { _ = try composed.appending(try labelled([0], ["e\u{301}"])) }
    }

    @Test func `times join times of the same unit, and plain numbers if requested`() throws {
        func buffer(_ type: String?) throws -> Buffer {
            let meaning = type.flatMap { TimeType(parsing: $0) }.map { Field.Meaning.time($0) }
            let schema = try Schema([Field("t", .int64, meaning: meaning)])
            return try Buffer([Sample(schema: schema, tensors: [Tensor(scalar: 7 as Int64)])])
        }
        let first = try buffer("timestamp[us, UTC]")
        #expect(
            try first.appending(buffer("timestamp[us, Europe/Berlin]")).schema[0].timeType?.description
                == "timestamp[us, UTC]")
        for other in ["timestamp[ms, UTC]", "timestamp[us]", "duration[us]", nil] {
            let second = try buffer(other)
            for (one, two) in [(first, second), (second, first)] {
                let error = #expect(throws: ColonnadeError.self) { _ = try one.appending(two) }
                #expect(error?.code == .invalidArgument && error?.message.contains("timestamp[us, UTC]") == true)
            }
        }
        #expect(try first.appending(buffer(nil), classNames: .drop).schema[0].meaning == nil)
        #expect(try first.appending(first, classNames: .drop).schema[0].timeType?.unit == .microseconds)
    }

    @Test(arguments: [[], [2], [nil]] as [[Int?]])
    func `labels are mapped by name`(_ shape: [Int?]) async throws {
        let first = try labelled([0, 1, -1], ["cat", "dog"], shape: shape)
        let second = try labelled([0, 1, 2, -1], ["owl", "cat", "dog"], shape: shape)
        let both = try first.appending(second, classNames: .byName)
        #expect(both.schema[0].meaning == .classLabels(["cat", "dog", "owl"]))
        let found = [0, 1, -1, 2, 0, 1, -1].map { [Int8](repeating: $0, count: shape.isEmpty ? 1 : 2) }
        #expect(try labels(both.stream()) == found)
        #expect(try labels(try both.stream().batched(by: 7)) == [found.flatMap { $0 }])
        try await checkTransform(try both.shuffled(seed: 1).stream().batched(by: 2))
        let mixed = try Stream.interleaved([first.stream(), second.stream()], classNames: .byName)
        #expect(mixed.schema == both.schema)
        #expect(
            try labels(try mixed.renaming("y", to: "z").renaming("z", to: "y")).map(\.[0]) == [0, 2, 1, 0, -1, 1, -1])
        try checkResumable(mixed)
    }

    @Test func `names are dropped if requested`() throws {
        let first = try labelled([0], ["cat"])
        for other in [try labelled([1], ["owl", "cat"]), try labelled([1], nil)] {
            let both = try first.appending(other, classNames: .drop)
            #expect(both.schema[0].meaning == nil)
            #expect(try labels(both.stream()) == [[0], [1]])
            let mixed = try Stream.interleaved([first.stream(), other.stream()], classNames: .drop)
            #expect(try labels(try mixed.selecting(["y"])) == [[0], [1]])
        }
    }

    @Test func `labels that cannot be mapped by name are refused`() throws {
        let first = try labelled([0, 1], ["cat", "dog"], shape: [nil])
        let schema = try Schema([Field("y", .int8, [nil], meaning: .classLabels(["dog", "cat"]))])
        let second = try Buffer([[0], [1, 1]].map { Sample(schema: schema, tensors: [Tensor($0 as [Int8])]) })
        #expect(throws: ColonnadeError.self) {
            _ = try first.batched(by: 2).appending(second.batched(by: 2), classNames: .byName)
        }
        #expect(throws: ColonnadeError.self) { _ = try first.appending(try labelled([0], nil), classNames: .byName) }
        let twice = try labelled([0], ["cat", "cat"], shape: [nil])
        #expect(throws: ColonnadeError.self) { _ = try first.appending(twice, classNames: .byName) }
        let many = try labelled([0], (0..<127).map { "n\($0)" }, shape: [nil])
        let error = #expect(throws: ColonnadeError.self) { _ = try many.appending(first, classNames: .byName) }
        #expect(error?.message.contains("cannot number 129 classes") == true)
        let bad = try labelled([5], ["dog", "cat"])
        let joined = try labelled([0], ["cat", "dog"]).appending(bad, classNames: .byName)
        let wrong = #expect(throws: ColonnadeError.self) { _ = try labels(joined.stream()) }
        #expect(wrong?.message.contains("\"y\" is 5") == true)
    }
}
