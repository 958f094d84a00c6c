// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
import ColonnadeCore

extension String {
    /// Reads a path from C, whose bytes need not be UTF-8.
    init(path: UnsafePointer<CChar>) {
        var count = 0
        while unsafe path[count] != 0 { count += 1 }
        self.init(fileName: unsafe Array(UnsafeRawBufferPointer(start: path, count: count)))
    }
}
