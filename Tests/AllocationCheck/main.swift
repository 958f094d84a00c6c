// SPDX-License-Identifier: Apache-2.0

import CAllocationCount
import Colonnade
import ColonnadeCore
import ColonnadeStore
import ColonnadeStoreTestSupport
import Foundation

/// How often a batch asks for memory in the middle of a pass, whatever for and on whatever thread: counted in front of the C
/// library. What is read out of a file does so never, for bytes or for the objects around them, as long as the consumer lets go
/// of a batch before it asks for the next; a program of its own, since only a release build keeps that promise.
///
/// Without threads none at all. With them a block may be made twice, because a thread was put to sleep with it, and then
/// there is one more of what blocks are made in: so many times as there are blocks at most, in a pass of any length.
private let most = [0: 0, 1: 0.1, 2: 0.1]
private let rowCount = 400_000

private func writeSamples(_ path: String) throws {
    let schema = try Schema([Field("image", .uint8, [10, 10]), Field("label", .int64), Field("tokens", .int32, [nil])])
    var writer = try DatasetWriter(creating: path, schema: schema)
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

/// Of each batch in the second half of a pass.
private func allocations(_ stream: Colonnade.Stream) throws -> Double {
    let batches = stream.count ?? 0
    var pass = stream.makeIterator()
    for _ in 0..<batches / 2 { guard try pass.next() != nil else { preconditionFailure("the pass is too short") } }
    let before = allocation_count()
    // Not the last ones, which are fewer than others.
    let counted = batches / 4
    for _ in 0..<counted { guard try pass.next() != nil else { preconditionFailure("the pass is too short") } }
    return Double(allocation_count() - before) / Double(counted)
}

private func check() throws -> Bool {
    guard allocation_count() >= 0 else {
        print("what asks for memory cannot be counted on this system")
        return true
    }
    let folder = try TemporaryFolder()
    try writeSamples(folder.file("samples.colonnade"))
    let buffer = try Buffer(at: folder.file("samples.colonnade"))
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
    ]
    var isRight = true
    for (name, stream) in pipelines {
        for (threads, most) in most.sorted(by: { $0.key < $1.key }) {
            let each = try allocations(threads > 0 ? stream.prefetched(depth: 8, threads: threads) : stream)
            let verdict = each <= most ? "" : ": more than \(most)"
            print("\(name), \(threads) threads: \(each) a batch\(verdict)")
            isRight = isRight && each <= most
        }
    }
    return isRight
}

exit(try check() ? 0 : 1)
