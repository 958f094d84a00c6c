// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import Foundation
    import Testing

    /// Tests file names that are not UTF-8, which Linux allows. A shell makes the files, since strings of Foundation
    /// cannot represent their names.
    @Suite struct FileNameCommandTests {
        private func shell(_ script: String, in place: Workplace) throws -> (status: Int32, output: String) {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", script, Workplace.command.path]
            process.currentDirectoryURL = place.folder
            let pipe = Pipe()
            process.standardOutput = pipe
            process.standardError = pipe
            try process.run()
            let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
            process.waitUntilExit()
            return (process.terminationStatus, String(decoding: output, as: UTF8.self))
        }

        @Test func `names that are not UTF-8 are read, written, appended to and exported`() throws {
            let script = """
                set -e
                n=$(printf 'caf\\351'); mkdir "$n"; cd "$n"
                printf 'a\n1\n' > "$n.csv"; printf 'zero\none\n' > "$n.txt"
                "$0" ingest "$n.csv" -o "$n.colonnade" --labels "a=$n.txt" > /dev/null
                "$0" append "$n.colonnade" "$n.csv" > /dev/null
                ln -s "$n.colonnade" "$n.link"
                "$0" head "$n.link" --json
                "$0" export "$n.colonnade" -o "../$n/$n.jsonl" > /dev/null
                cat "../$n/$n.jsonl"
                ls | wc -l
                """
            let run = try shell(script, in: Workplace())
            #expect(run.status == 0)
            #expect(run.output == "{\"a\":1}\n{\"a\":1}\n{\"a\":1}\n{\"a\":1}\n5\n")
        }

        @Test func `reports and errors show the bytes as escapes, and stored texts must be UTF-8`() throws {
            let place = try Workplace()
            let missing = try shell("\"$0\" info \"$(printf 'x\\351')\"", in: place)
            #expect(missing.status == 66 && missing.output.contains("x\\xe9: no such file"))
            let script = """
                n=$(printf 'x\\351'); printf 'a\n1\n' > "$n.csv"
                "$0" ingest "$n.csv" -o "$n.c" --json
                """
            #expect(try shell(script, in: place).output.contains("\"file\":\"x\\\\xe9.c\""))
            for option in ["--metadata \"a=$n\"", "--columns \"$n=a\"", "--fill \"a=$n\""] {
                let run = try shell("n=$(printf 'x\\351'); \"$0\" ingest \"$n.csv\" -o y.c \(option)", in: place)
                #expect(run.status == 64, "\(run.output)")
            }
        }
    }
#endif
