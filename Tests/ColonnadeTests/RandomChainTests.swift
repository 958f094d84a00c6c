// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// Compares random chains of operations with a model that changes one sample at a time.
@Suite(.timeLimit(.minutes(15))) struct RandomChainTests {
    private static func source(_ random: inout SplitMix64) throws -> Buffer {
        let schema = try Schema([
            Field("id", .int64), Field("v", .int32, [2, 3]), Field("r", .float32, [nil]), Field("g", .int16, [nil, 2]),
        ])
        let rows = (0..<random.below(14)).map { row in
            let (length, height) = (random.below(5), random.below(4))
            return Sample(
                schema: schema,
                tensors: [
                    Tensor(scalar: Int64(row)), Tensor((0..<6).map { Int32($0 + row - 8) }, shape: [2, 3]),
                    Tensor((0..<length).map { Float(row) - Float($0) / 2 }),
                    Tensor((0..<height * 2).map { Int16(row - $0) }, shape: [height, 2]),
                ])
        }
        // If there are no rows, the fields must be given.
        return rows.isEmpty ? try Buffer([sampleOfNothing(schema)]).prefix(0) : try Buffer(rows)
    }

    private static func sampleOfNothing(_ schema: Schema) -> Sample {
        Sample(
            schema: schema,
            tensors: [
                Tensor(scalar: Int64(0)), Tensor([Int32](repeating: 0, count: 6), shape: [2, 3]), Tensor([Float]()),
                Tensor([Int16](), shape: [0, 2]),
            ])
    }

    @Test(arguments: 0..<6) func `random chains agree with a slow model`(seed: Int) throws {
        var random = SplitMix64(state: UInt64(seed) &* 0x1234_5678_9ABC)
        var longest = 0
        for number in 0..<500 {
            let buffer = try RandomChainTests.source(&random)
            var chain = RandomChain(
                buffer: buffer, stream: buffer.stream(), model: try ChainModel(buffer), random: random)
            for _ in 0..<1 + chain.below(9) { try RandomSteps.step(&chain) }
            random = chain.random
            longest = max(longest, chain.words.count)
            var stream = chain.stream
            if number % 4 == 0 { stream = try stream.prefetched(depth: 1 + number % 7, threads: 1 + number % 3) }
            let found = try samples(of: stream)
            let difference = try chain.model.difference(found)
            #expect(difference == nil, "seed \(seed), chain \(number): \(chain.words.joined(separator: ", "))")
            checkSchema(found.map { Outcome($0) }, stream.schema)
            if let count = stream.count { #expect(count == found.count) }
            if let buffer = chain.buffer { #expect(buffer.count == found.count) }
        }
        #expect(longest >= 9)
    }
}
