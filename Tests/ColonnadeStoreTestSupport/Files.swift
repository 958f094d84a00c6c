// SPDX-License-Identifier: Apache-2.0

import ColonnadeSystem
import Foundation

/// Returns the bytes of a file.
public func bytes(ofFile path: String) throws -> [UInt8] {
    // Foundation is not used, since it leaks memory for an empty file.
    var reader = try FileReader(path: path)
    var bytes: [UInt8] = []
    try reader.read(upTo: Int.max, appendingTo: &bytes)
    return bytes
}

/// Writes a file.
public func write(_ bytes: [UInt8], toFile path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// Makes a named pipe.
public func makePipe(_ path: String) throws {
    guard unsafe mkfifo(path, 0o600) == 0 else { throw CocoaError(.fileWriteUnknown) }
}
