// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest

/// The report of an export.
struct ExportReport {
    let file: String
    let output: String
    let format: ExportFormat
    let rows: Int
    let valueBytes: Int
    let seconds: Double
    /// The arguments with which `ingest` makes equal columns of the exported file.
    let ingestArguments: [String]

    /// The number of bytes of values per second.
    var speed: Double { Double(valueBytes) / max(seconds, 1e-9) }

    var lines: [String] {
        var lines = [
            "wrote \(output): \(Wording.count(rows, "row")), \(Wording.bytes(valueBytes)) of values in "
                + "\(Wording.seconds(seconds)), \(Wording.speed(speed))"
        ]
        if !ingestArguments.isEmpty {
            let words = ingestArguments.map(Self.quoted).joined(separator: " ")
            lines.append("to get the same types back, ingest it with \(words)")
        }
        return lines
    }

    /// Returns a word with quotes, so that a shell reads it as one word.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            byte >= 0x80 || Character(Unicode.Scalar(byte)).isLetter || (0x30...0x39).contains(byte)
                || "-_=:./,%+@".utf8.contains(byte)
        }
        return isPlain
            ? word
            : "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#))'"
    }
}

extension JSONWriter {
    mutating func members(of report: ExportReport) {
        member("file", report.file.readableFileName)
        member("output", report.output.readableFileName)
        member("format", report.format.rawValue)
        member("rows", report.rows)
        member("value_bytes", report.valueBytes)
        member("seconds", report.seconds)
        member("bytes_per_second", report.speed)
        key("ingest_arguments")
        array { json in
            for argument in report.ingestArguments { json.value(argument) }
        }
    }
}
