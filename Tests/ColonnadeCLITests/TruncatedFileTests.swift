// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A file that is truncated while the command reads it.
@Suite struct TruncatedFileTests {
    // In file order, bench would copy nothing, since batches are views.
    @Test(arguments: [["--shuffle", "--threads", "0"], ["--shuffle", "--threads", "2"], ["--cast", "few=float32"]])
    func `bench ends with the exit code of wrong data, without a crash`(options: [String]) throws {
        let place = try Workplace()
        try place.writeImages(rows: 2_000, to: "few.npy")
        try #require(place.run("ingest", "few.npy", "-o", "x.colonnade", "--columns", "few").status == 0)
        try Data().write(to: place.folder.appendingPathComponent("errors"))
        let errors = try FileHandle(forWritingTo: place.folder.appendingPathComponent("errors"))
        // The command would run for half an hour or more. Only the truncated file can end it, before or after it is
        // opened.
        let process = try place.start(
            ["bench", "x.colonnade", "--epochs", "1000000"] + options, output: .nullDevice, errors: errors)
        usleep(500_000)
        let file = try FileHandle(forWritingTo: place.folder.appendingPathComponent("x.colonnade"))
        try file.truncate(atOffset: 400_000)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 65)
        let text = String(decoding: try place.bytes("errors"), as: UTF8.self)
        #expect(text.contains("x.colonnade"), "\(text)")
    }
}
