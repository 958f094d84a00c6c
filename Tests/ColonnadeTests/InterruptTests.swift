// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeSystem
import Foundation
import Testing

@testable import Colonnade

/// Tests Ctrl-C while a large batch is made. Only the thread of the test is asked to stop, since other tests run at the
/// same time.
@Suite(.serialized, .timeLimit(.minutes(15))) struct InterruptTests {
    /// The number of rows, each of a megabyte. Ctrl-C must not wait for a batch of all of them.
    private static let rowCount = 36
    private static let storedCount = 3

    private func interrupted<Result>(_ body: () throws -> Result) rethrows -> Result {
        let thread = ObjectIdentifier(Thread.current)
        Interrupts.whileWaiting { ObjectIdentifier(Thread.current) == thread }
        defer { Interrupts.whileWaiting(ask: nil) }
        return try body()
    }

    private func file() throws -> TemporaryFile {
        let file = TemporaryFile()
        let size = 1 << 17
        let schema = try Schema([Field("fixed", .float64, [size]), Field("ragged", .float64, [nil])])
        var writer = try DatasetWriter(creating: file.path, schema: schema)
        for row in 0..<Self.storedCount {
            let value = [Double](repeating: Double(row), count: size)
            try writer.append(
                Sample(schema: schema, tensors: [Tensor(value, shape: [size]), Tensor(Array(value.dropLast(row)))]))
        }
        try writer.finish()
        return file
    }

    /// Returns the number of each row, which is its first element.
    private func rows(_ batch: Sample, _ key: String) throws -> [Int] {
        let tensor = batch[key]
        return try (0..<tensor.shape[0]).map { Int(try tensor[$0][0].item(as: Double.self)) }
    }

    @Test(arguments: ["fixed", "ragged"], [false, true])
    func `Ctrl-C stops a large batch, and the next call returns it`(key: String, isStage: Bool) throws {
        let file = try file()
        let order = (0..<Self.rowCount).map { $0 % Self.storedCount }
        let buffer = try Buffer(at: file.path).selecting([key]).reordered(by: order).shuffled(seed: 3)
        let stream =
            try isStage
            ? buffer.stream().shuffled(window: 5, seed: 2).batched(by: Self.rowCount)
            : buffer.stream().batched(by: Self.rowCount)
        var whole = stream.makeIterator()
        let expected = try rows(#require(try whole.next()), key)
        #expect(expected.sorted() == order.sorted())
        var pass = stream.makeIterator()
        for _ in 0..<2 {
            guard case .late = try interrupted({ try pass.next(within: 1) }) else {
                Issue.record("the batch was made to its end")
                return
            }
        }
        #expect(pass.position.samples == 0)
        #expect(try rows(#require(try pass.next()), key) == expected)
        #expect(try pass.next() == nil)
        var other = stream.makeIterator()
        #expect { try interrupted { try other.next() } } throws: { ($0 as? ColonnadeError)?.code == .cancelled }
        let batches = try buffer.batched(by: Self.rowCount)
        #expect { try interrupted { try batches[0] } } throws: { ($0 as? ColonnadeError)?.code == .cancelled }
    }

    @Test func `Ctrl-C stops opening with full verification`() throws {
        let file = try file()
        #expect {
            try interrupted { try StoredDataset(path: file.path, verification: .full) }
        } throws: { ($0 as? ColonnadeError)?.code == .cancelled }
    }

    @Test func `samples that are chosen, sorted or kept end with Ctrl-C`() throws {
        let count = InterruptMeter.period / InterruptMeter.costOfRow + 1
        let buffer = try Buffer(columns: ["x": Tensor([UInt8](repeating: 1, count: count), shape: [count, 1])])
        let operations: [(Buffer) throws -> Buffer] = [
            { try $0.materialized() }, { try $0.filter("x", in: 0...1) }, { try $0.filter { _ in true } },
            { try $0.batched(bySizeOf: "x", maximum: 1) },
        ]
        for operation in operations {
            #expect {
                try interrupted { try operation(buffer) }
            } throws: { ($0 as? ColonnadeError)?.code == .cancelled }
            #expect(try interrupted { try operation(buffer.prefix(9)) }.count == 9)
        }
    }

    @Test func `a conversion in pieces equals one of all elements`() throws {
        let row = InterruptMeter.period / 24
        let count = 3 * row + 9
        let tensor = Tensor([UInt8](repeating: 7, count: count), shape: [count / 3, 3])
        let conversion = Conversion(from: .uint8, to: .float64, scales: [1, 2, 3], offsets: [0, 1, 2])
        let converted = try conversion(tensor, from: TensorPool())
        for row in [0, row - 1, row, row + 1, count / 3 - 1] {
            #expect(try converted[row].elements(as: Double.self) == [7, 15, 23])
        }
    }
}
