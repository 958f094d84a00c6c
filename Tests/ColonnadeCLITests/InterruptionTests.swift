// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A run that is killed or interrupted at any moment leaves the old file or the new one. `tools/torture` tests this
/// more often, and on a full disk.
@Suite(.serialized) struct InterruptionTests {
    private let place: Workplace
    private static let attempts = 25
    private static let rows = 20_000

    init() throws {
        place = try Workplace()
        try place.writeImages(rows: Self.rows, to: "images.npy")
        try place.writeImages(rows: 1_000, to: "few.npy")
        try #require(place.run("ingest", "few.npy", "-o", "old.colonnade", "--columns", "images=few").status == 0)
    }

    /// Returns the time of the command without a signal, in seconds.
    private func duration(_ arguments: [String]) throws -> Double {
        let start = ContinuousClock.now
        let run = try place.run(arguments)
        try #require(run.status == 0, "\(run.errors)")
        let components = (ContinuousClock.now - start).components
        return Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// Starts the command, sends the signal after `delay` seconds, and returns the exit code, or nil if the signal
    /// ended the command.
    private func run(_ arguments: [String], _ signal: Int32, after seconds: Double) throws -> Int32? {
        let process = try place.start(arguments, output: .nullDevice, errors: .nullDevice)
        usleep(UInt32(seconds * 1e6))
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }

    private func restore(_ name: String) throws {
        try? FileManager.default.removeItem(atPath: place.path(name))
        try FileManager.default.copyItem(atPath: place.path("old.colonnade"), toPath: place.path(name))
    }

    private func rowsIfValid(_ name: String) throws -> Int? {
        let run = try place.run("verify", name)
        try #require(run.status == 0, "\(run.output)\(run.errors)")
        return try place.run("info", name, "--json").json()["rows"] as? Int
    }

    @Test(arguments: [SIGKILL, SIGINT])
    func `ingest leaves the old file or the new one`(signal: Int32) throws {
        let arguments = ["ingest", "images.npy", "--output", "x.colonnade", "--force"]
        try restore("x.colonnade")
        // The minimum of three runs: a slow run must not delay all signals.
        let seconds = min(try duration(arguments), try duration(arguments), try duration(arguments))
        let (old, new) = (try place.bytes("old.colonnade"), try place.bytes("x.colonnade"))
        var (olds, news) = (0, 0)
        for _ in 0..<Self.attempts {
            try restore("x.colonnade")
            let status = try run(arguments, signal, after: Double.random(in: 0...1.1 * seconds))
            let bytes = try place.bytes("x.colonnade")
            #expect(bytes == old || bytes == new)
            (olds, news) = bytes == old ? (olds + 1, news) : (olds, news + 1)
            if signal == SIGINT {
                #expect(status == nil || status == 0 || status == 130)
                #expect(status != 0 || bytes == new)
                #expect(try place.names().filter { $0.contains("staging") }.isEmpty)
            }
        }
        // Both outcomes occur, except by chance a few times in a million.
        #expect(olds > 0)
        print(
            "\(Self.attempts) × signal \(signal) during ingest: \(olds) times the old file, \(news) times the new one")
        _ = try duration(arguments)
        #expect(try place.names() == ["few.npy", "images.npy", "old.colonnade", "x.colonnade"])
    }

    @Test(arguments: [SIGKILL, SIGINT])
    func `append leaves the old rows or all of the new ones`(signal: Int32) throws {
        let arguments = ["append", "x.colonnade", "images.npy"]
        try restore("x.colonnade")
        let seconds = min(try duration(arguments), try duration(arguments), try duration(arguments))
        try restore("x.colonnade")
        var rows = 1_000
        var appended = 0
        for _ in 0..<Self.attempts {
            // Each append uses the file that the previous one left, so that an interrupted append must not obstruct the
            // next one.
            let status = try run(arguments, signal, after: Double.random(in: 0...1.1 * seconds))
            let found = try #require(try rowsIfValid("x.colonnade"))
            #expect(found == rows || found == rows + Self.rows)
            if signal == SIGINT {
                #expect(status == nil || status == 0 || status == 130)
                #expect((status == 0) == (found > rows))
            }
            if found > rows { appended += 1 }
            rows = found
        }
        print("\(Self.attempts) × signal \(signal) during append: the rows were added \(appended) times")
        _ = try duration(arguments)
        #expect(try rowsIfValid("x.colonnade") == rows + Self.rows)
        #expect(try place.run("info", "x.colonnade", "--json").json()["trailing_bytes"] as? Int == 0)
        #expect(try place.names() == ["few.npy", "images.npy", "old.colonnade", "x.colonnade"])
    }

    @Test func `Ctrl-C in the middle is 130`() throws {
        try place.writeImages(rows: 400_000, to: "many.npy")
        let process = try place.start(
            ["ingest", "many.npy", "--output", "x.colonnade"], output: .nullDevice, errors: .nullDevice)
        // The signal is caught after the staging file exists.
        while try place.names().allSatisfy({ !$0.contains("staging") }), process.isRunning { usleep(1_000) }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 130)
        #expect(try place.names() == ["few.npy", "images.npy", "many.npy", "old.colonnade"])
    }

    @Test func `readers keep the old rows when a file is replaced`() throws {
        try restore("x.colonnade")
        let first = try #require(FileHandle(forReadingAtPath: place.path("x.colonnade")))
        #expect(try place.run("ingest", "images.npy", "--output", "x.colonnade", "--force").status == 0)
        #expect(try first.readToEnd() == place.bytes("old.colonnade"))
    }
}

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
