// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStoreTestSupport
import ColonnadeSystem
import Foundation
import Testing

@Suite struct BufferedOutputTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("output") }

    init() throws { folder = try TemporaryFolder() }

    /// Appends pieces, and returns the bytes that `read` was given.
    private func append(_ pieces: [[UInt8]], to output: inout BufferedOutput) throws -> [UInt8] {
        var given: [UInt8] = []
        for piece in pieces {
            try unsafe piece.withUnsafeBytes { memory in
                try unsafe output.append(memory, &given) { given, bytes in
                    unsafe bytes.withUnsafeBytes { unsafe given.append(contentsOf: $0) }
                }
            }
        }
        return given
    }

    @Test(arguments: [0, 128, 3_000_001])
    func `pieces of any size follow one another, in small and in large pages`(offset: Int) throws {
        var data = RandomData(seed: UInt64(offset))
        let pattern = data.bytes(300_000)
        // All pages are small in the first 8 MiB.
        var pieces: [[UInt8]] = [[], [1]]
        while pieces.reduce(0, { $0 + $1.count }) < 16 << 20 {
            let start = data.below(pattern.count)
            pieces.append(Array(pattern[start...]) + Array(pattern[..<start]))
            pieces.append(Array(pattern[start..<min(start + data.below(100), pattern.count)]))
        }
        let expected = pieces.reduce(into: Data()) { $0.append(contentsOf: $1) }
        let file = try WritableFile(creating: path, permissions: 0o600)
        var output = BufferedOutput(file, at: offset)
        let given = try append(pieces, to: &output)
        #expect(output.end == offset + expected.count)
        try output.flush()
        // Removing pages from memory does not change the file.
        for _ in 0..<2 {
            let stored = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(stored == Data(count: offset) + expected && Data(given) == expected)
            try file.synchronize()
            output.releaseSmallPages()
            file.releasePages(0..<stored.count)
        }
    }

    @Test func `bytes are in the file after they are flushed`() throws {
        let file = try WritableFile(creating: path, permissions: 0o600)
        var output = BufferedOutput(file, at: 0)
        try output.append([1, 2])
        #expect(try file.byteCount() == 0)
        try output.flush()
        try output.append([3])
        try output.flush()
        try output.flush()
        #expect(try bytes(ofFile: path) == [1, 2, 3])
    }

    #if DEBUG
        @Test func `a full disk is reported when the buffer is written`() throws {
            let file = try WritableFile(creating: path, permissions: 0o600)
            var output = BufferedOutput(file, at: 0)
            let error = #expect(throws: ColonnadeError.self) {
                try FaultInjection.$current.withValue(FaultInjection(failing: 0, with: 28)) {
                    try output.append([UInt8](repeating: 1, count: 1 << 16))
                }
            }
            #expect(error?.code == .system)
        }
    #endif
}
