// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import Testing

/// Tests functions that receive many samples at once, and functions that drop samples.
@Suite(.timeLimit(.minutes(15))) struct MapRowsTests {
    private struct Broken: Error, Equatable { var row: Int64 }

    /// Puts value × 2, repeated `value` times.
    private func doubled(_ values: RowValues) throws {
        for row in 0..<values.count {
            values.current = row
            let elements = try values.inputs[0][row].elements(as: Int32.self).map { $0 * 2 }
            let (storage, offset) = try values.memory(0, .int32, [elements.count])
            for (index, element) in elements.enumerated() {
                unsafe storage.mutableBytes.storeBytes(of: element, toByteOffset: offset + 4 * index, as: Int32.self)
            }
        }
    }

    @Test func `its results equal those row by row, for rows of one length and of several`() async throws {
        for lengths in [[3, 3, 3, 3, 3, 3, 3], [1, 4, 0, 2, 2, 5, 3]] {
            let rows = try tokens(lengths)
            let fast = try rows.mapRows(["tokens"], to: [Field("twice", .int32, [nil])], label: "doubled", doubled)
            let slow = try rows.map("tokens", as: "twice") { tensor in
                Tensor(try tensor.elements(as: Int32.self).map { $0 * 2 })
            }
            try await checkTransform(fast)
            expectSame(outcomes(of: fast.stream()), outcomes(of: slow.stream()), "samples")
            let batches = try fast.batched(by: 3, padding: ["twice": -1]).stream()
            expectSame(
                outcomes(of: batches), outcomes(of: try slow.batched(by: 3, padding: ["twice": -1]).stream()), "batches"
            )
            try checkResumable(batches)
        }
    }

    @Test func `it may write to its arguments without changing the samples`() throws {
        let buffer = try tokens([2, 2]).mapRows(["tokens"], to: [Field("tokens", .int32, [nil])], label: "zero") {
            values in
            for tensor in values.inputs[0] {
                unsafe tensor.storage.mutableBytes.storeBytes(of: 7, toByteOffset: tensor.byteOffset, as: Int32.self)
            }
            try doubled(values)
        }
        for _ in 0..<2 { #expect(try buffer[1]["tokens"].elements(as: Int32.self) == [14, 202]) }
    }

    @Test func `an error has the row and the thrown error, and the stream continues after it`() throws {
        let stream = try counting(10).stream().mapRows(["x"], to: [Field("x", .int64)], label: "broken") { values in
            for row in 0..<values.count {
                values.current = row
                let x = try values.inputs[0][row].item(as: Int64.self)
                if x == 5 { throw Broken(row: x) }
                let (storage, offset) = try values.memory(0, .int64, [])
                unsafe storage.mutableBytes.storeBytes(of: x, toByteOffset: offset, as: Int64.self)
            }
        }.batched(by: 4)
        var pass = stream.makeIterator()
        #expect(try pass.next()?["x"].elements(as: Int64.self) == [0, 1, 2, 3])
        let error = #expect(throws: ColonnadeError.self) { try pass.next() }
        #expect(error?.place == .sample(row: 5, key: "x"))
        #expect(error?.underlying as? Broken == Broken(row: 5))
        #expect(try pass.next()?["x"].elements(as: Int64.self) == [8, 9])
    }

    @Test func `a wrong data type, rank or fixed size is an error of its row, and so is a missing value`() throws {
        func refused(_ field: Field, _ dtype: DType, _ shape: [Int], _ word: String) throws {
            let buffer = try counting(3).mapRows(["x"], to: [field], label: "wrong") { values in
                for row in 0..<values.count {
                    values.current = row
                    if row > 0 || values.count == 1 { _ = try values.memory(0, dtype, shape) }
                }
            }.batched(by: 3)
            let error = #expect(throws: ColonnadeError.self) { try buffer[0] }
            #expect(error?.code == .userFunction)
            #expect(error?.message.contains(word) ?? false, "\(error as Any)")
        }
        try refused(Field("y", .float32, [nil]), .float64, [2], "float64[2]")
        try refused(Field("y", .float32, [nil]), .float32, [2, 2], "float32[2, 2]")
        try refused(Field("y", .float32, [3]), .float32, [2], "float32[2]")
        try refused(Field("y", .float32, [nil]), .float32, [-1], "float32[-1]")
        try refused(Field("y", .float32, [nil]), .float32, [2], "no value")
    }

    private func halves(of stream: Colonnade.Stream) throws -> [Int64] {
        var pass = stream.makeIterator()
        var found: [Int64] = []
        while let sample = try pass.next() { found.append(try sample["half"].item(as: Int64.self)) }
        return found
    }

    @Test func `compactMap drops samples, changes keys, and resumes`() async throws {
        let schema = try Schema([Field("half", .int64)])
        let stream = try counting(20).stream().compactMap(giving: schema.fields) { sample in
            let x = try sample["x"].item(as: Int64.self)
            return x % 3 == 0 ? Sample(schema: schema, tensors: [Tensor(scalar: x / 2)]) : nil
        }
        let found = try halves(of: stream)
        #expect(found == [0, 1, 3, 4, 6, 7, 9])
        try await checkTransform(stream)
        try checkResumable(stream)
    }

    @Test func `a copied key is the same value under two names`() throws {
        let buffer = try counting(3).copying("x", to: "y").cast("y", to: .float32)
        #expect(buffer.schema.names == ["x", "y"])
        #expect(try buffer[2]["x"].item(as: Int64.self) == 2)
        #expect(try buffer[2]["y"].item(as: Float.self) == 2)
        expectError(.unknownKey, "z") { _ = try counting(3).copying("z", to: "y") }
    }

    @Test(arguments: ["x", "y"]) func `a step on a batch changes one of two copies`(key: String) throws {
        let stream = try counting(8).copying("x", to: "y").stream().shuffled(window: 4, seed: 1).batched(by: 4)
            .cast(key, to: .uint8)
        var iterator = stream.makeIterator()
        var rows: [Int] = []
        while let batch = try iterator.next() {
            let (cast, other) = (batch[key], batch[key == "x" ? "y" : "x"])
            #expect(cast.dtype == .uint8 && other.dtype == .int64)
            let numbers = try other.elements(as: Int64.self).map { Int($0) }
            #expect(try cast.elements(as: UInt8.self).map { Int($0) } == numbers)
            rows += numbers
        }
        #expect(rows.sorted() == Array(0..<8))
    }

    @Test func `a wait with a limit ends, and a later call returns the item`() throws {
        let gate = Monitor((isOpen: false, begun: 0))
        let stream = try counting(2).stream().map("x") { x in
            gate.withLock { $0.begun += 1 }
            gate.wakeAll()
            if try x.item(as: Int64.self) == 1 { _ = gate.wait { $0.isOpen ? true : nil } }
            return x
        }.prefetched(depth: 2, threads: 1)
        let pass = stream.makeIterator()
        if case .sample = try pass.next(within: 60) {} else { Issue.record("the first item did not come") }
        // The other thread is making the second item, so this thread does not make it.
        _ = gate.wait { $0.begun == 2 ? true : nil }
        var late = 0
        var isFound = false
        while !isFound {
            switch try pass.next(within: 0.01) {
            case .late:
                late += 1
                if late == 3 {
                    gate.withLock { $0.isOpen = true }
                    gate.wakeAll()
                }
            case .sample(let sample):
                isFound = true
                #expect(try sample["x"].item(as: Int64.self) == 1)
            case .end: Issue.record("it ended")
            }
        }
        #expect(late >= 3)
        pass.stop()
        if case .end = try pass.next(within: 1) {} else { Issue.record("a stopped pass continues") }
    }

    @Test func `text keeps its kind in batches, and numbers made from text lose it`() throws {
        let file = try TemporaryFile.samples(4)
        let batches = try Buffer(at: file.path).batched(by: 2)
        #expect(try batches.schema.field(named: "text").kind == .string)
        #expect(try batches.schema.field(named: "text").shape.count == 2)
        #expect(try batches.cast("text", to: .int32).schema.field(named: "text").kind == .tensor)
    }
}
