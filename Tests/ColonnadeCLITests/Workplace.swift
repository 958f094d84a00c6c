// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A folder for the files of one test, in which the command runs.
final class Workplace: Sendable {
    let folder: URL

    static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")
    static let images = fixtures.appendingPathComponent("fashion-1k/train-images-idx3-ubyte.gz").path
    static let labels = fixtures.appendingPathComponent("fashion-1k/train-labels-idx1-ubyte").path
    static let penguins = fixtures.appendingPathComponent("tabular/penguins.csv").path

    /// The path of the command: the one in `COLONNADE`, or else the one that was built with the tests.
    static let command: URL = {
        if let path = ProcessInfo.processInfo.environment["COLONNADE"] { return URL(fileURLWithPath: path) }
        // On macOS the tests are a bundle in the build folder, elsewhere a program.
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") && $0 != Bundle.main }
        let place = bundle?.bundleURL ?? Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])
        return place.deletingLastPathComponent().appendingPathComponent("colonnade")
    }()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("colonnade-cli-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    /// Returns all names in the folder, sorted.
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path(name))) }

    func start(
        _ arguments: [String], environment: [String: String] = [:], output: FileHandle, errors: FileHandle
    ) throws -> Process {
        let process = Process()
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.executableURL = Workplace.command
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        // The threads of tests block all signals. A child inherits that, and would never receive SIGINT.
        var (none, before) = (sigset_t(), sigset_t())
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
        return process
    }

    /// Runs the command until it ends.
    func run(_ arguments: String...) throws -> Run { try run(arguments) }

    /// Runs the command until it ends, with additional variables in its environment.
    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Run {
        // The output goes to files and not to pipes, so that the test need not read it while the command runs.
        let place = FileManager.default.temporaryDirectory.appendingPathComponent("colonnade-out-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: place) }
        let streams = ["out", "err"].map { place.appendingPathComponent($0) }
        for stream in streams { try Data().write(to: stream) }
        let process = try start(
            arguments, environment: environment, output: FileHandle(forWritingTo: streams[0]),
            errors: FileHandle(forWritingTo: streams[1]))
        process.waitUntilExit()
        let texts = try streams.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        let status = process.terminationReason == .exit ? process.terminationStatus : nil
        return Run(status: status, output: texts[0], errors: texts[1])
    }

    /// Makes a Colonnade file of a thousand images and labels of Fashion-MNIST.
    func ingestFashion(to name: String = "fashion.colonnade") throws {
        let run = try run("ingest", Workplace.images, Workplace.labels, "--output", name)
        try #require(run.status == 0, "\(run.errors)")
    }
}
