// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Exports to targets that are not files (standard output, pipes, devices), and with resources that the system refuses.
@Suite struct StreamedExportTests {
    private let place: Workplace
    private static let text = "a,b\n1,x\n2,y\n3,z\n"

    init() throws {
        place = try Workplace()
        try place.write(Self.text, to: "in.csv")
        try #require(place.run("ingest", "in.csv", "-o", "in.colonnade").status == 0)
    }

    @Test(arguments: ["-", "/dev/stdout", "/proc/self/fd/1", "/dev/fd/1", "link"])
    func `rows are written to standard output, and the report to standard error`(target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: place.path("link"), withDestinationPath: "/dev/stdout")
        for arguments in [[], ["--force"], ["--json"]] {
            let run = try place.run(["export", "in.colonnade", "-o", target, "--format", "csv"] + arguments)
            #expect(run.status == 0 && run.output == Self.text, "\(run.errors)")
            #expect(run.errors.contains(arguments == ["--json"] ? "\"rows\":3" : "wrote "))
        }
        #expect(try place.names() == ["in.colonnade", "in.csv", "link"])
        #expect(try place.run("export", "in.colonnade", "-o", target).errors.contains("--format"))
        let ingest = try place.run("ingest", "in.csv", "-o", target, "--force")
        #expect(ingest.status == 64 && ingest.output.isEmpty && ingest.errors.contains("name a regular file"))
        let type = try FileManager.default.attributesOfItem(atPath: place.path("link"))[.type] as? FileAttributeType
        #expect(type == .typeSymbolicLink)
    }

    @Test(arguments: ["npz", "jsonl", "csv", "tsv"]) func `a pipe gets the bytes of the file`(format: String) throws {
        #expect(try place.run("export", "in.colonnade", "-o", "file", "--format", format).status == 0)
        #expect(unsafe mkfifo(place.path("pipe"), 0o600) == 0)
        let process = try place.start(
            ["export", "in.colonnade", "-o", "pipe", "--format", format], output: .nullDevice, errors: .nullDevice)
        let bytes = try #require(FileHandle(forReadingAtPath: place.path("pipe"))).readToEnd()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(try bytes == place.bytes("file"))
        var status = stat()
        #expect(unsafe stat(place.path("pipe"), &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    }

    @Test func `Ctrl-C ends the wait for a reader of a pipe`() throws {
        #expect(unsafe mkfifo(place.path("pipe"), 0o600) == 0)
        let process = try place.start(
            ["export", "in.colonnade", "-o", "pipe", "--format", "csv"], output: .nullDevice, errors: .nullDevice)
        usleep(400_000)
        #expect(process.isRunning)
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal || process.terminationStatus == 130)
    }

    @Test func `names in an archive never lead out of its folder`() throws {
        for name in ["../x", "/x", "a/../b", "a//b", "..", "a\\..\\b", "C:/x", "a\u{1}b", "a/"] {
            try place.write(
                "{\"\(name == "a\u{1}b" ? "a\\u0001b" : name.replacing("\\", with: "\\\\"))\": 1}\n", to: "x.jsonl")
            #expect(try place.run("ingest", "x.jsonl", "-o", "x.colonnade", "--force").status == 0, "\(name)")
            let run = try place.run("export", "x.colonnade", "-o", "x.npz")
            #expect(run.status == 64 && run.errors.contains("path out of the archive"), "\(name): \(run.errors)")
            #expect(try place.run("export", "x.colonnade", "-o", "back.jsonl", "--force").status == 0)
        }
        for name in ["a/b", "a.b", "w:0", "..a", "é"] {
            try place.write("{\"\(name)\": 1}\n", to: "x.jsonl")
            #expect(try place.run("ingest", "x.jsonl", "-o", "x.colonnade", "--force").status == 0)
            #expect(try place.run("export", "x.colonnade", "-o", "x.npz", "--force").status == 0, "\(name)")
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "a device of Linux"))
    func `a failed report says that the work is done`() throws {
        let errors = place.path("errors")
        try place.write("", to: "errors")
        for (arguments, words) in [
            (["ingest", "in.csv", "-o", "x.colonnade"], "wrote x.colonnade all the same"),
            (["append", "x.colonnade", "in.csv"], "appended to x.colonnade all the same"),
            (["export", "x.colonnade", "-o", "x.csv", "--json"], "wrote x.csv all the same"),
        ] {
            let process = try place.start(
                arguments, output: #require(FileHandle(forWritingAtPath: "/dev/full")),
                errors: #require(FileHandle(forWritingAtPath: errors)))
            process.waitUntilExit()
            #expect(process.terminationStatus == 74)
            #expect(try String(decoding: place.bytes("errors"), as: UTF8.self).contains(words))
        }
        #expect(try place.run("info", "x.colonnade", "--json").json()["rows"] as? Int == 6)
        #expect(try place.bytes("x.csv") == Data((Self.text + Self.text.dropFirst(4)).utf8))
    }

    /// Runs a shell script, in which `$0` is the command.
    private func shell(_ line: String, _ program: [String] = ["/bin/sh", "-c"]) throws -> (Int32?, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program[0])
        process.arguments = program.dropFirst() + [line, Workplace.command.path]
        process.currentDirectoryURL = place.folder
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationReason == .exit ? process.terminationStatus : nil, text)
    }

    @Test func `a file beyond the size limit is an error`() throws {
        // The thread sanitizer writes half a megabyte to its own file at the start of a program.
        let long = String(repeating: "text", count: 1000)
        try place.write((0..<750).map { "\($0),\(long)\n" }.joined(), to: "big.csv")
        #expect(try place.run("ingest", "big.csv", "-o", "big.colonnade").status == 0)
        for command in [
            "ingest big.csv -o x.colonnade", "export big.colonnade -o x.csv",
            "export big.colonnade -o - --format csv > y",
        ] {
            let (status, text) = try shell("ulimit -f 2048; \"$0\" \(command)")
            #expect(status == 74 && text.contains("ulimit -f"), "\(command): \(text)")
            #expect(!text.contains(".staging-"), "the target is named: \(text)")
        }
        #expect(try place.names() == ["big.colonnade", "big.csv", "in.colonnade", "in.csv", "y"])
    }

    @Test func `an error without a command`() throws {
        let run = try place.run()
        #expect(run.status == 64 && run.output.isEmpty && run.errors.contains("there is no command"))
        #expect(try place.run("--help").status == 0)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare"), "namespaces of Linux"))
    func `without /proc the command knows its arguments`() throws {
        let unshare = ["/usr/bin/unshare", "-r", "-m", "/bin/sh", "-c"]
        // Some systems do not allow this to their users.
        guard try shell("mount -t tmpfs none /proc", unshare).0 == 0 else { return }
        for (command, status, words) in [
            ("info in.colonnade", Int32(0), "in.colonnade: 3 rows"),
            ("verify in.csv", 65, "this is not a Colonnade file"),
            ("verify missing", 66, "no such file"), ("bogus", 64, "there is no command"),
            ("export in.colonnade -o - --format csv", 0, Self.text), ("", 64, "there is no command"),
        ] {
            let (found, text) = try shell("mount -t tmpfs none /proc && exec \"$0\" \(command)", unshare)
            // The address sanitizer searches /proc for leaks, and has its own exit code without /proc.
            let isSanitizers = text.contains("LeakSanitizer has encountered a fatal error")
            #expect((found == status || isSanitizers) && text.contains(words), "\(command): \(text)")
        }
    }
}
