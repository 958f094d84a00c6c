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

    @Test func `info and verify tell entry points and damaged pictures`() throws {
        let place = try Workplace()
        let folder = place.folder.appendingPathComponent("pets")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, fixture) in [
            ("1", "jpeg/video-001.jpeg"), ("2", "jpeg/video-001.progressive.jpeg"), ("3", "made/rgb.bmp"),
        ] {
            let picture = Workplace.fixtures.appendingPathComponent("images/\(fixture)")
            try FileManager.default.copyItem(at: picture, to: folder.appendingPathComponent(name))
        }
        #expect(try place.run("ingest", "pets", "--output", "a.colonnade").status == 0)
        #expect(try place.run("info", "a.colonnade").output.contains(", entry points "))
        #expect(try place.run("info", "a.colonnade", "--json").output.contains("\"entry_point_bytes\":"))
        let checked = try place.run("verify", "a.colonnade", "--media")
        #expect(checked.status == 0 && checked.output.contains("3 media files, 1 with entry points"))
        #expect(!(try place.run("verify", "a.colonnade").output.contains("media files")))
        // A picture whose code is damaged has a correct header, so that ingest takes it.
        var bytes = Array(try Data(contentsOf: folder.appendingPathComponent("2")))
        bytes.removeSubrange(9000..<12_000)
        try Data(bytes).write(to: folder.appendingPathComponent("2"))
        #expect(try place.run("ingest", "pets", "--output", "many/").status == 0)
        #expect(try place.run("info", "many").output.contains("image/*, entry points"))
        let damaged = try place.run("verify", "many", "--media", "--json")
        #expect(
            damaged.status == 65 && damaged.output.contains("\"valid\":false") && damaged.output.contains("\"row\":1"))
        let text = try place.run("verify", "many", "--media").output
        #expect(text.contains("row 1") && text.contains("replace it, or leave the sample out, in many"))
        let refused = try place.run("ingest", "pets", "--output", "b.colonnade", "--image", "image=encoded,baseline")
        #expect(refused.status == 65 && refused.errors.contains("2: ") && refused.errors.contains("--skip-bad"))
    }
}
