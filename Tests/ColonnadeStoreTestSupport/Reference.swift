// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Runs `formats/reference/colonnade_reference.py`, the second implementation of the format.
public enum Reference {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Returns the contents of a file as the reference reads them.
    public static func read(_ path: String) throws -> JSON { try JSON(parsing: run("read", path)) }

    /// Verifies a file and returns its contents. One process does both, since starting Python takes longer than either.
    public static func readVerified(_ path: String) throws -> JSON {
        let program = """
            import colonnade_reference as r, sys
            sys.exit(r.main(["verify", sys.argv[1]]) or r.main(["read", sys.argv[1]]))
            """
        return try JSON(parsing: python("-c", program, path))
    }

    public static func write(json: String, to path: String) throws { _ = try run("write", json, path) }

    public static func append(json: String, to path: String) throws { _ = try run("append", json, path) }

    /// Returns the contents of a file as JSON text, which the reference can write or append.
    public static func text(_ path: String) throws -> [UInt8] { try run("read", path) }

    private static let folder = Repository.root + "/formats/reference"

    private static func run(_ arguments: String...) throws -> [UInt8] {
        try python(["\(folder)/colonnade_reference.py"] + arguments)
    }

    private static func python(_ arguments: String...) throws -> [UInt8] { try python(arguments) }

    private static func python(_ arguments: [String]) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // Starting takes most of the time: without the module "site" it takes half of it, and a version manager's "python3"
        // starts several programs.
        process.arguments = [ProcessInfo.processInfo.environment["PYTHON"] ?? "python3", "-S"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["PYTHONPATH": folder]) { $1 }
        // Output goes to files, since a pipe would become full.
        let scratch = try TemporaryFolder()
        for name in ["out", "err"] { try ColonnadeStoreTestSupport.write([], toFile: scratch.file(name)) }
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.file("out")))
        let errors = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.file("err")))
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let message = try String(decoding: bytes(ofFile: scratch.file("err")), as: UTF8.self)
            throw Failure(description: "\(arguments): exit \(process.terminationStatus): \(message)")
        }
        return try bytes(ofFile: scratch.file("out"))
    }
}
