// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Paths of files of the repository.
public enum Repository {
    /// The root of the repository, three folders above this file.
    public static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    public static let vectors = root + "/formats/vectors"
    public static let invalid = root + "/formats/invalid"

    /// Returns the names of the test vectors, without extension.
    public static func vectorNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: vectors)
            .filter { $0.hasSuffix(".colonnade") }.map { String($0.dropLast(".colonnade".count)) }.sorted()
    }

    public static func json(_ path: String) throws -> JSON { try JSON(parsing: bytes(ofFile: path)) }
}
