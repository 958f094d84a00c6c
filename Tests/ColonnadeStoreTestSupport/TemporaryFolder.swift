// SPDX-License-Identifier: Apache-2.0

import ColonnadeSystem
import Foundation

/// A folder that exists as long as this object does.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("colonnade-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        // A test may have made it read-only.
        try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a file of that name in it.
    public func file(_ name: String) -> String { path + "/" + name }

    /// Names in it, sorted; hidden ones too.
    public var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
    }
}

/// The bytes of a file.
public func bytes(ofFile path: String) throws -> [UInt8] {
    // Not with Foundation, which leaks memory for a file without bytes.
    var reader = try FileReader(path: path)
    var bytes: [UInt8] = []
    try reader.read(upTo: Int.max, appendingTo: &bytes)
    return bytes
}

/// Makes a file of these bytes.
public func write(_ bytes: [UInt8], toFile path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// Files of the repository.
public enum Repository {
    /// Three folders up from here.
    public static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    public static let vectors = root + "/formats/vectors"
    public static let invalid = root + "/formats/invalid"

    /// Names of the vectors, without extension.
    public static func vectorNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: vectors)
            .filter { $0.hasSuffix(".colonnade") }.map { String($0.dropLast(".colonnade".count)) }.sorted()
    }

    public static func json(_ path: String) throws -> JSON { try JSON(parsing: bytes(ofFile: path)) }
}

/// Makes a named pipe.
public func makePipe(_ path: String) throws {
    guard unsafe mkfifo(path, 0o600) == 0 else { throw CocoaError(.fileWriteUnknown) }
}
