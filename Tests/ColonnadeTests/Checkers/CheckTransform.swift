// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// Checks the promises of every pipeline: values match the schema, the number of items is the promised one, and two
/// epochs have equal bytes in each pass, with any number of threads, at any depth, and in loops with `await`.
func checkTransform(
    _ stream: Colonnade.Stream, most: Int = 300, at location: SourceLocation = #_sourceLocation
) async throws {
    for epoch in 0...1 {
        let stream = stream.epoch(epoch)
        let expected = outcomes(of: stream, most: most)
        checkSchema(expected, stream.schema, location)
        if let count = stream.count, count < most {
            #expect(count == expected.count, "epoch \(epoch) has another count", sourceLocation: location)
        }
        expectSame(outcomes(of: stream, most: most), expected, "a second pass of epoch \(epoch)", location)
        for (depth, threads) in [(1, 1), (2, 2), (9, 7), (1000, 2)] {
            let found = outcomes(of: try stream.prefetched(depth: depth, threads: threads), most: most)
            expectSame(found, expected, "epoch \(epoch), depth \(depth), \(threads) threads", location)
        }
        guard !expected.contains(where: { if case .failure = $0 { true } else { false } }) else { continue }
        for stream in [stream, try stream.prefetched(depth: 3, threads: 2)] {
            var found: [Outcome] = []
            for try await sample in stream {
                found.append(Outcome(sample))
                if found.count == most { break }
            }
            expectSame(found, expected, "epoch \(epoch), with await", location)
        }
    }
}

/// Checks the promises of a buffer of samples, and that its batches are its samples, stacked one by one.
func checkTransform(
    _ buffer: Buffer, padding: NameMap<Double> = [:], at location: SourceLocation = #_sourceLocation
) async throws {
    try await checkTransform(buffer.stream(), at: location)
    for size in [1, 3, 7] {
        let batches = try buffer.batched(by: size, padding: padding)
        try await checkTransform(batches.stream(), at: location)
        try checkBatches(batches, of: buffer, size, padding, location)
        let shuffled = buffer.shuffled(seed: 5)
        try checkBatches(
            try shuffled.batched(by: size, padding: padding), of: shuffled, size, padding, location)
    }
    // After a stage, the samples of a batch can have any rows.
    let staged = try buffer.stream().repeated(1).batched(by: 3, padding: padding)
    expectSame(
        outcomes(of: staged), outcomes(of: try buffer.batched(by: 3, padding: padding).stream()), "through a stage",
        location)
}

private func checkBatches(
    _ batches: Buffer, of buffer: Buffer, _ size: Int, _ padding: NameMap<Double>, _ location: SourceLocation
) throws {
    for index in 0..<batches.count {
        let rows = try (index * size..<min(index * size + size, buffer.count)).map { try buffer[$0] }
        let batch = try batches[index]
        for (slot, field) in buffer.schema.enumerated() {
            let key = field.name
            let fallback: Double = field.kind == .string ? 255 : 0
            let expected = try SlowBatch.stack(rows.map { $0.tensors[slot] }, padding: padding[key] ?? fallback)
            #expect(
                batch.tensors[slot] == expected,
                "batch \(index) of \(size), \"\(key)\": \(batch.tensors[slot]), \(expected)",
                sourceLocation: location)
        }
    }
}

/// Checks that values have the types and shapes of the schema.
func checkSchema(
    _ outcomes: [Outcome], _ schema: Schema, _ location: SourceLocation = #_sourceLocation
) {
    for (index, outcome) in outcomes.enumerated() {
        guard case .sample(let keys, let tensors) = outcome else { continue }
        #expect(keys == schema.names, "item \(index)", sourceLocation: location)
        for (field, tensor) in zip(schema, tensors) {
            let fits =
                tensor.dtype == field.dtype && tensor.rank == field.shape.count
                && zip(tensor.shape, field.shape).allSatisfy { $1 == nil || $0 == $1 }
            #expect(fits, "item \(index) has \(tensor) for \(field)", sourceLocation: location)
        }
    }
}

/// Compares lists without printing them.
func expectSame(
    _ found: [Outcome], _ expected: [Outcome], _ what: String, _ location: SourceLocation = #_sourceLocation
) {
    #expect(found.count == expected.count, "\(what): another number of items", sourceLocation: location)
    if let index = zip(found, expected).enumerated().first(where: { $1.0 != $1.1 })?.offset {
        Issue.record(
            "\(what): item \(index) is \(describe(found[index])), not \(describe(expected[index]))",
            sourceLocation: location)
    }
}

private func describe(_ outcome: Outcome) -> String {
    switch outcome {
    case .failure(let error): "\(error)"
    case .sample(let keys, let tensors):
        zip(keys, tensors).map { "\($0) \($1) \(((try? reals($1)) ?? []).prefix(20))" }.joined(separator: "; ")
    }
}
