// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Exit codes and messages of the command for errors, and tests that errors leave no files.
@Suite struct ExitCodeTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    /// Expects an exit code, a message on standard error that contains the given words, nothing on standard output, and
    /// an unchanged list of files.
    private func expect(
        _ status: Int32, _ words: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try place.names()
        let run = try place.run(arguments)
        #expect(run.status == status, "\(arguments): \(run.errors)", sourceLocation: sourceLocation)
        #expect(run.errors.hasPrefix("colonnade: error: "), "\(run.errors)", sourceLocation: sourceLocation)
        #expect(run.errors.contains(words), "\(run.errors)", sourceLocation: sourceLocation)
        #expect(run.output.isEmpty, "\(run.output)", sourceLocation: sourceLocation)
        #expect(try place.names() == before, sourceLocation: sourceLocation)
    }

    @Test func `wrong arguments are 64`() throws {
        try place.ingestFashion()
        try expect(64, "there is no command \"bogus\"", "bogus")
        try expect(64, "there is no command \"ingst\"; there are ingest, info", "ingst", "a.csv", "-o", "x")
        try expect(64, "is empty", "ingest", Workplace.labels, "-o", "")
        try expect(64, "count from 0", "head", "fashion.colonnade", "-n", "-1")
        try expect(64, "not -1", "bench", "fashion.colonnade", "--batch", "-1")
        try expect(64, "Missing expected argument", "info")
        try expect(64, "Unknown option '--jsn'", "info", "fashion.colonnade", "--jsn")
        try expect(
            64, "there is no column \"lable\"; did you mean \"label\"?", "head", "fashion.colonnade", "--columns",
            "lable")
        try expect(64, "occurs twice", "head", "fashion.colonnade", "--columns", "label,label", "--json")
        try expect(64, "there is no column", "bench", "fashion.colonnade", "--cast", "x=float32")
        try expect(64, "'image=float31' is invalid", "bench", "fashion.colonnade", "--cast", "image=float31")
        try expect(64, "'image=1/0' is invalid", "bench", "fashion.colonnade", "--scale", "image=1/0")
        try expect(64, "image", "bench", "fashion.colonnade", "--scale", "image=0.5")
        try expect(64, "--epochs", "bench", "fashion.colonnade", "--epochs", "0")
        try expect(64, "batch", "bench", "fashion.colonnade", "--batch", "0")
        try expect(64, "count from 0", "head", "fashion.colonnade", "--skip=-1")
        let (images, labels) = (Workplace.images, Workplace.labels)
        try expect(64, "it is there already", "ingest", images, labels, "-o", "fashion.colonnade")
        try expect(64, "it is there already", "ingest", images, labels, "-o", "fashion.colonnade", "--json")
        try expect(64, "is a folder", "ingest", images, labels, "-o", ".", "--force")
        for (codec, problem) in [
            ("gzip", "plain, zlib, zstd or lz4"), ("zstd:23", "is \"23\": zstd has levels 1 to 22"),
            ("lz4:", "is \"\": lz4 has levels 1 to 12"), ("lz4:13", "levels 1 to 12"), ("zlib:10", "levels 1 to 9"),
            ("plain:1", "plain has no levels"),
            ("zstd:+3", "is \"+3\": zstd has levels"),
        ] {
            try expect(64, problem, "ingest", labels, "-o", "x.colonnade", "--codec", "label=\(codec)")
        }
        try expect(64, "there is no column \"image\"", "ingest", labels, "-o", "x.colonnade", "--codec", "image=zlib")
        try expect(
            64, "twice for \"label\"", "ingest", labels, "-o", "x", "--type", "label=int8", "--type", "label=int16")
        try expect(64, "no format \"parquet\"", "ingest", labels, "-o", "x.colonnade", "--format", "parquet")
        try expect(64, "its ending tells no format", "export", "fashion.colonnade", "-o", "x.dat")
        try expect(64, "there is no column", "export", "fashion.colonnade", "-o", "x.npz", "--columns", "x")
        try expect(64, "no format \"zip\"", "export", "fashion.colonnade", "-o", "x.npz", "--format", "zip")
    }

    @Test func `wrong data is 65`() throws {
        try place.ingestFashion()
        let whole = try place.bytes("fashion.colonnade")
        try whole.dropLast(1).write(to: URL(fileURLWithPath: place.path("cut.colonnade")))
        try place.write("", to: "empty.colonnade")
        try place.write("a,b\n1,2\n3\n", to: "ragged.csv")
        try place.write("a\n1\nx\n", to: "late.csv")
        try place.write("?", to: "unknown.dat")
        try Data(whole.prefix(20)).write(to: URL(fileURLWithPath: place.path("wrong.idx")))
        for command in ["info", "head", "stats", "verify", "bench"] {
            try expect(65, "cut.colonnade", command, "cut.colonnade")
            try expect(65, "empty.colonnade", command, "empty.colonnade")
        }
        try expect(65, "ragged.csv, record 2", "ingest", "ragged.csv", "-o", "x.colonnade")
        try expect(
            65, "late.csv, record 2, column \"a\"", "ingest", "late.csv", "-o", "x.colonnade", "--type", "a=int8")
        try expect(65, "late.csv, record 2", "ingest", "late.csv", "-o", "x.colonnade", "--type", "a=int8", "--dry-run")
        try expect(65, "unknown.dat", "ingest", "unknown.dat", "-o", "x.colonnade")
        try expect(65, "wrong.idx", "ingest", "wrong.idx", "-o", "x.colonnade")
        try expect(65, "cut.colonnade", "export", "cut.colonnade", "-o", "x.npz")
        try expect(65, "cut.colonnade", "append", "cut.colonnade", Workplace.labels)
        try expect(65, "the columns are not those", "append", "fashion.colonnade", Workplace.labels)
        try place.write("b\n1\n2\n3\n", to: "longer.csv")
        try expect(65, "do not go together", "ingest", "longer.csv", Workplace.labels, "-o", "x.colonnade")
    }

    @Test func `a missing input is 66`() throws {
        for command in ["info", "head", "stats", "verify", "bench"] {
            try expect(66, "nothing.colonnade: no such file", command, "nothing.colonnade")
        }
        try expect(66, "nothing.idx", "ingest", "nothing.idx", "-o", "x.colonnade")
        try expect(66, "nothing.txt", "ingest", Workplace.labels, "-o", "x.colonnade", "--labels", "label=nothing.txt")
        try expect(66, "nothing.colonnade", "append", "nothing.colonnade", Workplace.labels)
        try expect(66, "nothing.colonnade", "export", "nothing.colonnade", "-o", "x.npz")
        try place.ingestFashion()
        try expect(66, "nothing.idx", "append", "fashion.colonnade", "nothing.idx")
    }

    @Test func `an impossible target is 74`() throws {
        try expect(74, "its folder does not exist", "ingest", Workplace.labels, "-o", "nowhere/x.colonnade")
        try place.ingestFashion()
        try expect(74, "its folder does not exist", "export", "fashion.colonnade", "-o", "nowhere/x.npz")
        // No user can create a file in this folder, not even root.
        guard FileManager.default.fileExists(atPath: "/proc/self") else { return }
        try expect(74, "/proc/x.colonnade", "ingest", Workplace.labels, "-o", "/proc/x.colonnade")
    }

    @Test(.enabled(if: getuid() != 0, "root may write anywhere"))
    func `a folder without write permission is 74`() throws {
        let folder = place.path("locked")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o555])
        try expect(74, "no permission", "ingest", Workplace.labels, "-o", "locked/x.colonnade")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "a device of Linux"))
    func `a report that cannot be written is 74`() throws {
        try place.ingestFashion()
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        for command in ["info", "head", "stats", "verify"] {
            let process = try place.start([command, "fashion.colonnade"], output: full, errors: .nullDevice)
            process.waitUntilExit()
            #expect(process.terminationStatus == 74)
        }
    }

    @Test func `a dry run reads all data and writes nothing`() throws {
        let run = try place.run("ingest", Workplace.images, Workplace.labels, "-o", "x.colonnade", "--dry-run")
        #expect(run.status == 0)
        #expect(run.output.contains("would write 1,000 rows"))
        #expect(try place.names().isEmpty)
        let fills = ["--fill", "*=float:nan,int:0"]
        let report = try place.run(["ingest", Workplace.penguins, "-o", "x.colonnade", "--dry-run", "--json"] + fills)
            .json()
        #expect(report["dry_run"] as? Bool == true)
        #expect(report["rows"] as? Int == 344)
        #expect(report["bytes"] == nil)
        #expect(try place.names().isEmpty)

        try place.ingestFashion()
        let before = try place.bytes("fashion.colonnade")
        let appended = try place.run("append", "fashion.colonnade", Workplace.images, Workplace.labels, "--dry-run")
        #expect(appended.status == 0)
        #expect(try place.bytes("fashion.colonnade") == before)
    }

    @Test func `a source is never the target of its own ingest`() throws {
        let text = "a\n1\n2\n"
        try place.write(text, to: "a.csv")
        try place.write("one\ntwo\nthree\n", to: "names.txt")
        try FileManager.default.createSymbolicLink(atPath: place.path("link.csv"), withDestinationPath: "a.csv")
        for target in ["a.csv", "./a.csv", "link.csv"] {
            try expect(64, "it is also read", "ingest", "a.csv", "-o", target, "--force")
        }
        try expect(
            64, "it is also read", "ingest", "a.csv", "--labels", "a=names.txt", "-o", "names.txt", "--force")
        #expect(try place.bytes("a.csv") == Data(text.utf8))
        #expect(try place.run("ingest", "a.csv", "-o", "a.colonnade").status == 0)
        try expect(
            64, "it is also read", "export", "a.colonnade", "-o", "a.colonnade", "--format", "csv", "--force")
        #expect(try place.run("verify", "a.colonnade").status == 0)
    }

    @Test func `a target is replaced only with --force`() throws {
        try place.write("not to be lost", to: "x.colonnade")
        #expect(try place.run("ingest", Workplace.labels, "-o", "x.colonnade").status == 64)
        #expect(try place.bytes("x.colonnade") == Data("not to be lost".utf8))
        #expect(try place.run("ingest", "nothing.idx", "-o", "x.colonnade", "--force").status == 66)
        #expect(try place.bytes("x.colonnade") == Data("not to be lost".utf8))
        #expect(try place.run("ingest", Workplace.labels, "-o", "x.colonnade", "--force").status == 0)
        #expect(try place.run("info", "x.colonnade", "--json").json()["rows"] as? Int == 1000)
        #expect(try place.names() == ["x.colonnade"])
    }
}
