// SPDX-License-Identifier: Apache-2.0

import CAllocationCount
import Foundation
import Testing

@testable import Colonnade

/// How often a batch asks for memory in the middle of a pass, whatever for and on whatever thread: counted in front of the C
/// library, in a process where nothing else happens.
///
/// A batch is an array of tensors. What else there is, is for a block of batches that are read at once: two pieces of memory,
/// the list of them, and the numbers of the rows; five in all where a block is one batch. That is what the release build does.
/// The debug build makes objects for each row too, always as many, so that one more for each batch shows there as well.
@Suite(.enabled(if: allocation_count() >= 0)) struct AllocationCountTests {
    @Test(.timeLimit(.minutes(15))) func `a batch asks for no more memory than it did`() async {
        await #expect(processExitsWith: .success) {
            for threads in [0, 2] {
                let each = try allocations(threads: threads)
                #if DEBUG
                    // Exactly 31.11 without threads; with them it depends on what was made ahead when counting began.
                    let most = threads == 0 ? 31.5 : 45
                #else
                    let most = threads == 0 ? 1.5 : 2
                #endif
                guard each < most else { exit(1) }
            }
        }
    }
}

private let count = 8000
private let size = 8

/// Of each batch but the first ones.
private func allocations(threads: Int) throws -> Double {
    let file = try TemporaryFile.samples(count, segmentBytes: 1 << 20)
    let stream = try Buffer(at: file.path).selecting(["image", "label"]).stream().cast("image", to: .float32)
        .scaled("image", by: 1 / 255).batched(by: size)
    var pass = try (threads > 0 ? stream.prefetched(depth: 4, threads: threads) : stream).makeIterator()
    for _ in 0..<count / size / 5 { _ = try pass.next() }
    let before = allocation_count()
    let counted = count / size * 3 / 5
    for _ in 0..<counted { _ = try pass.next() }
    return Double(allocation_count() - before) / Double(counted)
}
