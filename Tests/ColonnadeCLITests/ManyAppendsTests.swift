// SPDX-License-Identifier: Apache-2.0

import ColonnadeFormat
import Foundation
import Testing

/// Warnings of the command about files that grew by many appends.
@Suite struct ManyAppendsTests {
    private let place: Workplace

    init() throws { place = try Workplace() }

    /// Makes a file of one row whose commit records `appends` appends.
    private func writeFile(appends: Int) throws {
        try place.write("x\n1\n", to: "rows.csv")
        try #require(try place.run("ingest", "rows.csv", "-o", "x.colonnade", "--force").status == 0)
        var bytes = [UInt8](try place.bytes("x.colonnade"))
        let old = try FileTrailer(
            Array(bytes.suffix(ForeverConstants.trailerSize)), commit: CommitSlot(sequence: 1, end: bytes.count))
        let slot = CommitSlot(sequence: UInt64(appends) + 1, end: bytes.count)
        let trailer = FileTrailer(
            sequence: slot.sequence, footerLength: old.footerLength, footerChecksum: old.footerChecksum)
        bytes.replaceSubrange((bytes.count - ForeverConstants.trailerSize)..., with: trailer.encoded())
        for sequence in [slot.sequence + 1, slot.sequence] {
            let start = CommitSlot.offset(sequence: sequence)
            let content = sequence == slot.sequence ? slot.encoded() : [UInt8](repeating: 0, count: 32)
            bytes.replaceSubrange(start..<start + 32, with: content)
        }
        try Data(bytes).write(to: URL(fileURLWithPath: place.path("x.colonnade")))
    }

    @Test(arguments: [[], ["--json"], ["--dry-run"]])
    func `the command warns from the thousandth append on`(options: [String]) throws {
        for (appends, isWarned) in [(998, false), (999, true), (1_599, true)] {
            try writeFile(appends: appends)
            let run = try place.run(["append", "x.colonnade", "rows.csv"] + options)
            #expect(run.status == 0, "\(run.errors)")
            guard isWarned, options != ["--dry-run"] else {
                #expect(run.errors.isEmpty, "\(run.errors)")
                continue
            }
            let count = appends == 999 ? "1,000" : "1,600"
            #expect(run.errors.contains("x.colonnade has been appended to \(count) times"), "\(run.errors)")
            #expect(run.errors.contains("add more rows at a time"))
            if options == ["--json"] { #expect(try run.json()["rows"] as? Int == 1) }
            #expect(try place.run("head", "--json", "x.colonnade").jsonLines().count == 2)
        }
    }
}
