// SPDX-License-Identifier: Apache-2.0

import CAllocationCount
import Colonnade
import ColonnadeCore
import ColonnadeStore
import ColonnadeStoreTestSupport
import Foundation

// Counts allocations in the middle of a pass. Functions of the program that replace those of the C library count them.
// If the consumer releases each batch before it asks for the next one, batches that are read from a file allocate
// nothing, neither bytes nor objects. This program is not part of the tests, since only a release build keeps that
// promise.
//
// Without threads there is no allocation at all. With threads a pass allocates one more scratch when a thread makes a block and
// other threads have all blocks with memory, which is dozens to hundreds of allocations at once. A pass here has at most eleven
// blocks, and they are never freed before its end. Therefore it is counted in more parts than that, and only the part with the
// fewest allocations is checked. An allocation for each batch would be in all parts.
private let mostWithThreads = 0.1
private let partCount = 12
private let rowCount = 400_000

private func writeSamples(_ path: String, _ rowCount: Int, _ codecs: NameMap<ColumnCodec> = [:]) throws {
    let schema = try Schema([Field("image", .uint8, [10, 10]), Field("label", .int64), Field("tokens", .int32, [nil])])
    var options = WriterOptions()
    options.codecs = codecs
    var writer = try DatasetWriter(creating: path, schema: schema, options: options)
    for row in 0..<rowCount {
        try writer.append(
            Sample(
                schema: schema,
                tensors: [
                    Tensor([UInt8](repeating: UInt8(row % 251), count: 100), shape: [10, 10]),
                    Tensor(scalar: Int64(row)), Tensor([Int32](repeating: Int32(row), count: row % 50)),
                ]))
    }
    try writer.finish()
}

/// Returns the allocations per batch in each part of the second half of a pass.
private func allocations(_ stream: Colonnade.Stream) throws -> [Double] {
    let batches = stream.count ?? 0
    var pass = stream.makeIterator()
    func take(_ count: Int) throws {
        for _ in 0..<count { guard try pass.next() != nil else { preconditionFailure("the pass is too short") } }
    }
    try take(batches / 2)
    // The last batches are not counted, since they are smaller.
    let counted = batches / 4 / partCount
    return try (0..<partCount).map { _ in
        let before = allocation_count()
        try take(counted)
        return Double(allocation_count() - before) / Double(counted)
    }
}

private func check() throws -> Bool {
    guard allocation_count() >= 0 else {
        print("allocations cannot be counted on this system")
        return true
    }
    let folder = try TemporaryFolder()
    try writeSamples(folder.file("samples.colonnade"), rowCount)
    let buffer = try Buffer(at: folder.file("samples.colonnade"))
    try writeSamples(folder.file("compressed.colonnade"), rowCount / 5, ["image": .zstd, "tokens": .lz4])
    let compressed = try Buffer(at: folder.file("compressed.colonnade")).shuffled(seed: 1)
    let fixed = try buffer.selecting(["image", "label"])
    let shuffled = fixed.shuffled(seed: 1)
    let pipelines: [(name: String, stream: Colonnade.Stream)] = [
        ("rows in random order", try shuffled.stream().batched(by: 8)),
        ("rows in file order", try fixed.stream().batched(by: 8)),
        (
            "cast and scaled",
            try shuffled.stream().cast("image", to: .float32).scaled("image", by: 1 / 255).batched(by: 8)
        ),
        ("larger batches", try shuffled.stream().batched(by: 32)),
        ("ragged rows, padded", try buffer.shuffled(seed: 1).stream().batched(by: 8)),
        ("compressed rows", try compressed.stream().cast("image", to: .float32).batched(by: 8)),
    ]
    var isRight = true
    for (name, stream) in pipelines {
        for threads in 0...2 {
            let parts = try allocations(threads > 0 ? stream.prefetched(depth: 8, threads: threads) : stream)
            let isFree = threads > 0 ? parts.contains { $0 <= mostWithThreads } : parts.allSatisfy { $0 == 0 }
            let shown = parts.map { String(format: "%.3f", $0) }.joined(separator: ", ")
            print("\(name), \(threads) threads: \(shown) a batch\(isFree ? "" : ": batches allocate")")
            isRight = isRight && isFree
        }
    }
    return isRight
}

exit(try check() ? 0 : 1)
