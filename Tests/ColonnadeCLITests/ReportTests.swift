// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Reports of each command about a thousand rows of Fashion-MNIST.
@Suite struct ReportTests {
    private let place: Workplace

    init() throws {
        place = try Workplace()
        try place.ingestFashion()
    }

    private func columns(_ report: [String: Any]) throws -> [[String: Any]] {
        try #require(report["columns"] as? [[String: Any]])
    }

    @Test func `an empty data set is exported and ingested again with its columns`() throws {
        try place.write("z,\"a,b\"\n", to: "a.csv")
        #expect(try place.run("ingest", "a.csv", "-o", "a.colonnade", "--type", "z=int8").status == 0)
        for ending in ["jsonl", "csv", "tsv", "npz"] {
            let report = try place.run("export", "a.colonnade", "-o", "a.\(ending)", "--force", "--json").json()
            let arguments = try #require(report["ingest_arguments"] as? [String])
            let back = try place.run(["ingest", "a.\(ending)", "-o", "\(ending).colonnade", "--json"] + arguments)
            let columns = try #require(try back.json()["columns"] as? [[String: Any]])
            #expect(columns.map { $0["name"] as? String } == ["z", "a,b"], "\(ending)")
            #expect(columns.map { $0["dtype"] as? String } == ["int8", "float64"], "\(ending)")
        }
    }

    @Test func `ingest reports its types and the size that it wrote`() throws {
        let text = try place.run("ingest", Workplace.images, Workplace.labels, "-o", "text.colonnade")
        #expect(text.status == 0)
        #expect(text.errors.isEmpty)
        #expect(text.output.contains("image  uint8[28, 28]  as the header of the IDX file says\n"))
        #expect(text.output.contains("wrote text.colonnade: 1,000 rows, "))
        #expect(text.output.contains("MB/s"))

        let report = try place.run("ingest", Workplace.images, Workplace.labels, "-o", "json.colonnade", "--json")
            .json()
        #expect(report["rows"] as? Int == 1000)
        #expect(report["bytes"] as? Int == (try place.bytes("json.colonnade")).count)
        #expect(report["value_bytes"] as? Int == 785_000)
        #expect(report["dry_run"] as? Bool == false)
        #expect(report["groups"] as? [[String]] == [["image"], ["label"]])
        for key in ["seconds", "bytes_per_second", "segments", "reasons", "total_rows"] { #expect(report[key] != nil) }
        #expect(try columns(report).map { $0["name"] as? String } == ["image", "label"])
        // Equal sources give equal bytes.
        #expect(try place.bytes("json.colonnade") == place.bytes("text.colonnade"))
    }

    @Test func `types, labels, codecs, names and metadata follow the options`() throws {
        try place.write("T-shirt\nTrouser\nPullover\nDress\nCoat\nSandal\nShirt\nSneaker\nBag\nBoot\n", to: "names.txt")
        let run = try place.run(
            "ingest", Workplace.images, Workplace.labels, "--output", "x.colonnade", "--columns", "y=label,image",
            "--type", "label=int16", "--labels", "y=names.txt", "--codec", "*=zstd:9", "--codec", "y=plain",
            "--metadata", "origin=https://example.org/?a=b", "--group", "separate")
        #expect(run.status == 0, "\(run.errors)")
        let report = try place.run("info", "x.colonnade", "--json").json()
        let columns = try columns(report)
        #expect(columns.map { $0["name"] as? String } == ["y", "image"])
        #expect(columns.map { $0["dtype"] as? String } == ["int16", "uint8"])
        #expect(columns.map { $0["codec"] as? String } == ["plain", "zstd"])
        let stored = try #require(columns[1]["bytes"] as? Int)
        #expect(columns[1]["decoded_bytes"] as? Int == 784_000 && stored < 500_000)
        #expect(columns[0]["decoded_bytes"] == nil)
        #expect(try place.run("info", "x.colonnade").output.contains("ratio 1."))
        #expect((columns[0]["labels"] as? [String])?.count == 10)
        #expect(report["metadata"] as? [String: String] == ["origin": "https://example.org/?a=b"])
        let head = try place.run("head", "-n", "1", "x.colonnade").output
        #expect(head.contains("9 Boot"))
        #expect(try place.run("verify", "x.colonnade").status == 0)
    }

    @Test func `info gives rows, sizes, columns and their layout`() throws {
        let report = try place.run("info", "fashion.colonnade", "--json", "--layout").json()
        #expect(report["rows"] as? Int == 1000)
        #expect(report["segments"] as? Int == 1)
        #expect(report["trailing_bytes"] as? Int == 0)
        let columns = try columns(report)
        #expect(columns.map { $0["codec"] as? String } == ["plain", "plain"])
        #expect(columns.map { $0["shape"] as? [Int] } == [[28, 28], []])
        #expect(columns.map { $0["bytes"] as? Int } == [784_000, 1000])
        for key in ["kind", "group", "stride", "statistics"] { #expect(columns.allSatisfy { $0[key] != nil }) }
        // The first image is at the offset that the layout reports.
        let layout = try #require(report["layout"] as? [[String: Any]])
        let image = try #require(layout.first { $0["column"] as? String == "image" })
        #expect(image["stride"] as? Int == 784)
        let offset = try #require(image["offset"] as? Int)
        let line = try place.run("head", "-n", "1", "fashion.colonnade", "--json").jsonLines()[0]
        let pixels = try #require(line["image"] as? [[Int]]).flatMap(\.self)
        #expect(try place.bytes("fashion.colonnade")[offset..<offset + 784].map(Int.init) == pixels)

        let text = try place.run("info", "fashion.colonnade").output
        #expect(text.contains("fashion.colonnade: 1,000 rows, 786 kB, 1 segment"))
        #expect(text.contains("image   uint8[28, 28]  plain   784 kB"))
    }

    @Test func `info shows the groups of columns`() throws {
        #expect(
            try place.run("ingest", Workplace.penguins, "-o", "penguins.colonnade", "--fill", "*=float:nan,int:0")
                .status == 0)
        let text = try place.run("info", "penguins.colonnade").output
        #expect(text.contains("the 5 columns lie together, 40 bytes a row"))
    }

    @Test func `head draws images, and prints them as numbers with --json`() throws {
        let text = try place.run("head", "-n", "2", "fashion.colonnade")
        #expect(text.status == 0)
        #expect(text.output.contains("drawn below"))
        #expect(text.output.contains("░█▓▓██▓▓▒▓▒▒▒▒▓▓█▓▓█▓"))
        #expect(!text.output.contains("\u{1B}"))

        let lines = try place.run("head", "-n", "3", "--skip", "998", "fashion.colonnade", "--json").jsonLines()
        #expect(lines.count == 2)
        #expect(lines.allSatisfy { ($0["image"] as? [[Int]])?.count == 28 && $0["label"] is Int })
        let labels = try place.run("head", "-n", "5", "--columns", "label", "fashion.colonnade", "--json").output
        #expect(labels == "{\"label\":9}\n{\"label\":0}\n{\"label\":0}\n{\"label\":3}\n{\"label\":0}\n")
        #expect(try place.run("head", "-n", "5", "--skip", "5000", "fashion.colonnade", "--json").output.isEmpty)
    }

    @Test func `the index of pandas in a table gets a generated name, unless --columns omits it`()
        throws
    {
        try place.write(",0,y\n7,1,0.5\n8,2,1.5\n", to: "t.csv")
        #expect(try place.run("ingest", "t.csv", "--output", "t.colonnade").status == 0)
        #expect(
            try place.run("head", "t.colonnade", "--json").output
                == "{\"unnamed_0\":7,\"0\":1,\"y\":0.5}\n{\"unnamed_0\":8,\"0\":2,\"y\":1.5}\n")
        let report = try place.run("ingest", "t.csv", "--output", "t.colonnade", "--dry-run", "--force", "--json")
            .json()
        #expect(
            report["reasons"] as? [String]
                == ["unnamed_0: int64[], under a made-up name, because the header has no name for column 1"])
        let chosen = try place.run("ingest", "t.csv", "-o", "u.colonnade", "--columns", "y,0", "--json").json()
        #expect(chosen["reasons"] as? [String] == [])
        #expect(
            try place.run("head", "u.colonnade", "--json").output == "{\"y\":0.5,\"0\":1}\n{\"y\":1.5,\"0\":2}\n")
    }

    @Test func `NaN and Infinity in JSON Lines are numbers, and the report says so`() throws {
        try place.write("{\"x\": NaN}\n{\"x\": 2}\n{\"x\": -Infinity}\n", to: "t.jsonl")
        let report = try place.run("ingest", "t.jsonl", "-o", "n.colonnade", "--json").json()
        let reason = try #require((report["reasons"] as? [String])?.first)
        #expect(reason.hasPrefix("x: float64, because record 1 has \"NaN\"") && reason.hasSuffix("Python writes"))
        #expect(
            try place.run("head", "n.colonnade", "--columns", "x").output.split(separator: "\n").map {
                $0.split(separator: " ").last.map(String.init)
            } == ["x", "nan", "2.0", "-inf"])
    }

    @Test func `head shows many samples in pages`() throws {
        let text = try place.run("head", "-n", "250", "--columns", "label", "fashion.colonnade").output
        let lines = text.split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("  row  label") } == 3)
        #expect(lines.count == 253)
        #expect(lines.last == "  249      7")
        #expect(try place.run("head", "-n", "0", "fashion.colonnade").output == "  row  image  label\n")
    }

    @Test func `stats counts classes and agrees with the rows`() throws {
        let report = try place.run("stats", "fashion.colonnade", "--json").json()
        let label = try columns(report)[1]
        let histogram = try #require(label["histogram"] as? [[String: Any]])
        #expect(histogram.compactMap { $0["value"] as? Int } == Array(0..<10))
        #expect(histogram.compactMap { $0["count"] as? Int } == [107, 104, 86, 92, 95, 100, 100, 115, 102, 99])
        let mean = try #require(label["mean"] as? Double)
        #expect(abs(mean - 4.544) < 1e-12)
        #expect(label["min"] as? Int == 0)
        #expect(label["max"] as? Int == 9)
        for key in ["count", "deviation", "non_finite", "shortest", "longest"] { #expect(label[key] != nil) }
        #expect(try columns(report)[0]["histogram"] == nil)

        let text = try place.run("stats", "fashion.colonnade", "--columns", "label").output
        #expect(text.contains("  7    115  11.5 %  ██████████████████████████████\n"))
    }

    @Test func `verify counts blocks, and locates a wrong byte`() throws {
        let report = try place.run("verify", "fashion.colonnade", "--json").json()
        #expect(report["valid"] as? Bool == true)
        #expect(report["bytes"] as? Int == (try place.bytes("fashion.colonnade")).count)
        for key in ["blocks", "seconds", "bytes_per_second"] { #expect(report[key] != nil) }

        var bytes = try place.bytes("fashion.colonnade")
        bytes[100_000] ^= 1
        try bytes.write(to: URL(fileURLWithPath: place.path("bad.colonnade")))
        let bad = try place.run("verify", "bad.colonnade", "--json")
        #expect(bad.status == 65)
        let problems = try #require(try bad.json()["problems"] as? [[String: Any]])
        #expect(problems.count == 1)
        #expect(problems[0]["rule"] as? Int == 29)
        #expect(problems[0]["offset"] as? Int != nil)
        let text = try place.run("verify", "bad.colonnade")
        #expect(text.status == 65)
        #expect(text.output.contains("(R29)"))
        #expect(text.output.contains("1 problem;"))
    }

    @Test func `append adds rows`() throws {
        let run = try place.run("append", "fashion.colonnade", Workplace.images, Workplace.labels, "--json")
        #expect(try run.json()["rows"] as? Int == 1000)
        #expect(try run.json()["total_rows"] as? Int == 2000)
        #expect(try place.run("info", "fashion.colonnade", "--json").json()["rows"] as? Int == 2000)
        #expect(try place.run("verify", "fashion.colonnade").status == 0)
        let text = try place.run("append", "fashion.colonnade", Workplace.images, Workplace.labels).output
        #expect(text.contains("appended to fashion.colonnade: 1,000 rows, now 3,000 rows"))
    }

    @Test(arguments: ["npz", "jsonl", "csv", "tsv"])
    func `an ingested export has the same rows`(format: String) throws {
        let run = try place.run("export", "fashion.colonnade", "--output", "back.\(format)", "--json")
        let report = try run.json()
        #expect(report["rows"] as? Int == 1000)
        #expect(report["format"] as? String == format)
        #expect(report["value_bytes"] as? Int == 785_000)
        let arguments = try #require(report["ingest_arguments"] as? [String])
        let back = try place.run(["ingest", "back.\(format)", "--output", "back.colonnade"] + arguments)
        #expect(back.status == 0, "\(back.errors)")
        // The last rows one by one, and the sums of all.
        for arguments in [["head", "-n", "30", "--skip", "970", "--json"], ["stats", "--json"]] {
            let reports = try ["fashion", "back"].map { name in
                try place.run(arguments + ["\(name).colonnade"]).output.replacing("\(name).colonnade", with: "")
            }
            #expect(reports[0] == reports[1])
        }
        #expect(try place.run("export", "fashion.colonnade", "-o", "back.\(format)").status == 64)
        let text = try place.run("export", "fashion.colonnade", "-o", "back.\(format)", "--force", "--columns", "label")
        #expect(text.output.hasPrefix("wrote back.\(format): 1,000 rows, 1.00 kB of values in "))
        #expect(text.output.contains("--type 'label=uint8[]'") == (format != "npz"))
    }

    @Test(arguments: [0, 1, 2])
    func `bench has the same sums in every order and with any number of threads`(threads: Int) throws {
        let plain = try place.run("bench", "fashion.colonnade", "--checksum", "--epochs", "1", "--json").json()
        let report = try place.run(
            "bench", "fashion.colonnade", "--shuffle", "--seed", "7", "--batch", "64", "--threads", "\(threads)",
            "--epochs", "2", "--checksum", "--json"
        ).json()
        let sums = try #require(report["checksums"] as? [String: Double])
        #expect(sums == (plain["checksums"] as? [String: Double]))
        #expect(sums["label"] == 4544)
        #expect(report["epochs"] as? Int == 2)
        let epochs = try #require(report["per_epoch"] as? [[String: Any]])
        #expect(epochs.map { $0["rows"] as? Int } == [1000, 1000])
        #expect(epochs.map { $0["batches"] as? Int } == [16, 16])
        #expect(epochs.map { $0["bytes"] as? Int } == [785_000, 785_000])
        for key in [
            "rows_per_second", "bytes_per_second", "open_seconds", "first_batch_seconds", "peak_resident_bytes",
        ] {
            #expect(report[key] as? Double ?? 0 > 0)
        }
    }

    @Test func `COLONNADE_CPU selects the kernels, and a wrong value is reported once`() throws {
        func bench(_ value: String) throws -> Run {
            let arguments = [
                "bench", "fashion.colonnade", "--shuffle", "--cast", "image=float32", "--scale", "image=1/255",
                "--columns",
                "image", "--epochs", "1", "--checksum", "--verify", "full", "--json",
            ]
            return try place.run(arguments, environment: ["COLONNADE_CPU": value])
        }
        let plain = try bench("")
        let best = try #require(try plain.json()["kernels"] as? String)
        #expect(plain.errors.isEmpty)
        let sums = try #require(try plain.json()["checksums"] as? [String: Double])
        for name in ["avx512", "avx2", "sse4", "neon", "portable"] {
            let run = try bench(name)
            #expect(try run.json()["checksums"] as? [String: Double] == sums)
            let used = try #require(try run.json()["kernels"] as? String)
            // A CPU has some of the names, and reports the others.
            #expect(run.errors.isEmpty ? used == name : used == best, "\(name): \(run.errors)")
        }
        #expect(try bench("portable").json()["kernels"] as? String == "portable")
        let wrong = try bench("AVX2")
        #expect(wrong.status == 0)
        #expect(try wrong.json()["kernels"] as? String == best)
        #expect(wrong.errors.hasPrefix("colonnade: COLONNADE_CPU is \"AVX2\", and this CPU has "), "\(wrong.errors)")
        #expect(wrong.errors.hasSuffix("portable; the kernels are those for \(best)\n"), "\(wrong.errors)")
    }

    @Test func `bench casts, scales, selects and drops columns`() throws {
        let report = try place.run(
            "bench", "fashion.colonnade", "--columns", "image", "--cast", "image=float32", "--scale", "image=1/255",
            "--batch", "300", "--drop-last", "--limit", "2", "--epochs", "1", "--checksum", "--json"
        ).json()
        let epochs = try #require(report["per_epoch"] as? [[String: Any]])
        #expect(epochs.map { $0["rows"] as? Int } == [600])
        #expect(epochs.map { $0["bytes"] as? Int } == [600 * 784 * 4])
        let sums = try #require(report["checksums"] as? [String: Double])
        #expect(Array(sums.keys) == ["image"])
        #expect(sums["image"] ?? 0 < 600 * 784)
        let text = try place.run("bench", "fashion.colonnade", "--epochs", "1").output
        #expect(text.contains("image uint8[?, 28, 28], label uint8[?]"))
        #expect(text.contains("peak memory"))
    }

    @Test(arguments: ["ingest", "info", "head", "stats", "verify", "append", "export", "bench"])
    func `help shows examples`(command: String) throws {
        for arguments in [["help", command], [command, "--help"]] {
            let run = try place.run(arguments[0], arguments[1])
            #expect(run.status == 0)
            #expect(run.errors.isEmpty)
            #expect(run.output.contains("  colonnade \(command) "))
        }
    }

    @Test func `the version is three numbers`() throws {
        let run = try place.run("--version")
        #expect(run.status == 0)
        #expect(run.output.split(separator: ".").count == 3)
        #expect(try place.run("--help").output.contains("colonnade ingest "))
    }
}
