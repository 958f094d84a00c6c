// SPDX-License-Identifier: Apache-2.0

import Foundation

/// `tools/reference/colonnade_reference.py`, the second implementation of the format.
public enum Reference {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// The contents of a file.
    public static func read(_ path: String) throws -> JSON { try JSON(parsing: run("read", path)) }

    /// Throws unless the file passes.
    public static func verify(_ path: String) throws { _ = try run("verify", path) }

    public static func write(json: String, to path: String) throws { _ = try run("write", json, path) }

    public static func append(json: String, to path: String) throws { _ = try run("append", json, path) }

    /// The same contents as text, to be written or appended.
    public static func text(_ path: String) throws -> [UInt8] { try run("read", path) }

    private static func run(_ arguments: String...) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", Repository.root + "/tools/reference/colonnade_reference.py"] + arguments
        // Files and not pipes, which fill up.
        let folder = try TemporaryFolder()
        for name in ["out", "err"] { try ColonnadeStoreTestSupport.write([], toFile: folder.file(name)) }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file("out")))
        let errors = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file("err")))
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let message = try String(decoding: bytes(ofFile: folder.file("err")), as: UTF8.self)
            throw Failure(description: "\(arguments): exit \(process.terminationStatus): \(message)")
        }
        return try bytes(ofFile: folder.file("out"))
    }
}
