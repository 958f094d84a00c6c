// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension Workplace {
    /// Writes a `.npy` file of images, in which all images after the first few are sparse.
    func writeImages(rows: Int, to name: String) throws {
        var header = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(rows), 28, 28), }"
        header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
        var bytes = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, 118, 0]) + Data(header.utf8)
        let filled = min(rows, 200) * 784
        bytes.append(Data((0..<filled).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }))
        try bytes.write(to: URL(fileURLWithPath: path(name)))
        let file = try #require(FileHandle(forWritingAtPath: path(name)))
        try file.truncate(atOffset: UInt64(128 + rows * 784))
    }
}
