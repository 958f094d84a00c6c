// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Output to a terminal.
@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/dev/ptmx"), "terminals as Linux makes them"))
struct TerminalTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
        try place.ingestFashion()
    }

    /// Returns the output of the command when both its outputs are a terminal.
    private func runInTerminal(_ arguments: String...) throws -> String {
        // These calls do the work of posix_openpt, unlockpt and ptsname on Linux, which Swift cannot import.
        let master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY)
        var (lock, number) = (Int32(0), Int32(0))
        try #require(unsafe ioctl(master, 0x4004_5431, &lock) == 0 && ioctl(master, 0x8004_5430, &number) == 0)
        let terminal = unsafe open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        try #require(terminal >= 0)
        var size = winsize()
        size.ws_row = 50
        size.ws_col = 70
        try #require(unsafe ioctl(terminal, UInt(TIOCSWINSZ), &size) == 0)
        let handle = FileHandle(fileDescriptor: terminal, closeOnDealloc: true)
        let process = try place.start(arguments, output: handle, errors: handle)
        try handle.close()
        // Without a reader the command would wait after a few thousand bytes. The end of the output is an error, since
        // the other side is closed.
        var text = Data()
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe block.withUnsafeMutableBytes { unsafe read(master, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            text += block[..<count]
        }
        close(master)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: text, as: UTF8.self)
    }

    @Test func `images have colours, and are side by side up to the width of the terminal`() throws {
        let text = try runInTerminal("head", "-n", "3", "fashion.colonnade")
        #expect(text.contains("\u{1B}[38;2;0;0;0;48;2;0;0;0m▀"))
        // Two images of 28 columns, and the third below them.
        #expect(text.split(separator: "\r\n").count { $0.contains("▀") } == 28)
    }

    @Test func `progress is shown and erased`() throws {
        let text = try runInTerminal("ingest", Workplace.images, Workplace.labels, "-o", "x.colonnade")
        #expect(text.contains("\r100 %, 1,000 rows, 785 kB"))
        #expect(text.contains("\r\u{1B}[K  image"))
        #expect(try runInTerminal("verify", "fashion.colonnade").contains("\r99 %, 785 kB"))
        #expect(try runInTerminal("export", "fashion.colonnade", "-o", "x.npz").contains("\u{1B}[K"))
    }

    @Test func `texts of a file contain no commands to a terminal`() throws {
        let nasty = "a\u{1B}[2Jb\u{7}\u{202E}\u{9B}c"
        let run = try place.run(
            "ingest", Workplace.labels, "-o", "x.colonnade", "--columns", "\(nasty)=label", "--metadata",
            "\(nasty)=\(nasty)")
        #expect(run.status == 0, "\(run.errors)")
        for arguments in [["info", "x.colonnade"], ["head", "x.colonnade"], ["stats", "x.colonnade"]] {
            let run = try place.run(arguments)
            #expect(run.output.contains("a\\x1b[2Jb\\x07\\u202e\\x9bc"))
            #expect(
                !run.output.unicodeScalars.contains {
                    $0 != "\n" && nasty.unicodeScalars.dropFirst().contains($0) && !$0.isASCII
                })
            #expect(!run.output.contains("\u{1B}"))
        }
        for run in [
            try place.run("head", "x.colonnade", "--columns", nasty + "x"), try place.run("info", nasty),
            try place.run("info", "x.colonnade", "--" + nasty), try place.run(nasty),
            try place.run("export", "x.colonnade", "-o", "\(nasty)/x.csv"),
        ] {
            #expect(run.status != 0 && run.errors.contains("a\\x1b[2Jb\\x07\\u202e\\x9bc"), "\(run.errors)")
            #expect(!run.errors.contains("\u{1B}") && !run.errors.contains("\u{202E}"))
        }
        let text = try place.run("info", "x.colonnade", "--json")
        #expect(!text.output.contains("\u{202E}"))
        let report = try text.json()
        #expect(report["metadata"] as? [String: String] == [nasty: nasty])
    }
}
