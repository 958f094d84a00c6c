// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Tests of the command with folders of pictures.
@Suite struct PictureCommandTests {
    @Test func `a folder is ingested without its bad files, and head draws its pictures`() throws {
        let place = try Workplace()
        let picture = Workplace.fixtures.appendingPathComponent("images/jpeg/video-001.jpeg")
        let folder = place.folder.appendingPathComponent("pets/cat")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: picture, to: folder.appendingPathComponent("1.jpg"))
        try place.write("no picture", to: "pets/cat/2.jpg")
        let refused = try place.run("ingest", "pets", "--output", "pets.colonnade")
        #expect(refused.status == 65 && refused.errors.contains("cat/2.jpg: it is neither a picture"))
        #expect(refused.errors.contains("--skip-bad"))
        let done = try place.run("ingest", "pets", "--output", "pets.colonnade", "--skip-bad", "--json")
        #expect(done.status == 0 && done.errors.contains("warning: left out 1 bad file:\n  cat/2.jpg: it is neither"))
        #expect(done.output.contains("\"skipped\":1,\"skipped_files\":[\"cat/2.jpg: it is neither"))
        for storage in ["raw", "encoded,max-side=30,quality=50"] {
            let run = try place.run(
                "ingest", "pets", "--output", "x.colonnade", "--force", "--skip-bad", "--image", "image=\(storage)")
            #expect(run.status == 0, "\(run.errors)")
            #expect(try place.run("info", "x.colonnade").output.contains("image.storage: \(storage)\n"))
            let drawn = try place.run("head", "x.colonnade").output.split(separator: "\n")
            #expect(drawn[1].contains("drawn below") && drawn[1].contains("cat/1.jpg"))
            // 150 × 103 pixels become at most 40 × 27, and a line has two rows of them.
            #expect(drawn.count == 3 + (storage == "raw" ? 14 : 11))
        }
    }
}
