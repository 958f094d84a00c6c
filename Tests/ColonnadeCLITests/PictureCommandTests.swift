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

    /// Makes a folder with a folder for each class, and one picture in each.
    private func makeFolder(_ name: String, classes: [String], in place: Workplace) throws {
        let picture = Workplace.fixtures.appendingPathComponent("images/made/rgb.bmp")
        for label in classes {
            let folder = place.folder.appendingPathComponent("\(name)/\(label)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: picture, to: folder.appendingPathComponent("1.bmp"))
        }
    }

    @Test func `appended pictures need the storage of the data set`() throws {
        let place = try Workplace()
        try makeFolder("pets", classes: ["cat", "dog"], in: place)
        for name in ["raw.colonnade", "many/"] {
            let stored = try place.run("ingest", "pets", "--output", name, "--image", "image=raw")
            #expect(stored.status == 0, "\(stored.errors)")
            let refused = try place.run("append", name, "pets")
            #expect(
                refused.status == 64
                    && refused.errors.contains(
                        "are stored as raw, and these as encoded: give the storage of the data set")
            )
            #expect(refused.errors.contains("(--image image=raw)"), "\(refused.errors)")
            #expect(try place.run("append", name, "pets", "--image", "image=raw").status == 0)
            #expect(try place.run("info", name, "--json").json()["rows"] as? Int == 4)
        }
        #expect(try place.run("ingest", "pets", "--output", "files.colonnade").status == 0)
        let refused = try place.run("append", "files.colonnade", "pets", "--image", "image=raw")
        #expect(refused.status == 64 && refused.errors.contains("are stored as encoded, and these as raw"))
        #expect(refused.errors.contains("(--image image=encoded)"), "\(refused.errors)")
    }

    @Test func `classes are appended by their names on request`() throws {
        let place = try Workplace()
        try makeFolder("all", classes: ["cat", "dog", "owl"], in: place)
        try makeFolder("some", classes: ["cat", "owl"], in: place)
        try makeFolder("other", classes: ["cat", "pig"], in: place)
        for name in ["pets.colonnade", "pets/"] {
            #expect(try place.run("ingest", "all", "--output", name).status == 0)
            let refused = try place.run("append", name, "some")
            #expect(
                refused.status == 65 && refused.errors.contains("--labels-by-name gives each row"), "\(refused.errors)")
            let done = try place.run("append", name, "some", "--labels-by-name")
            #expect(done.status == 0, "\(done.errors)")
            let unknown = try place.run("append", name, "other", "--labels-by-name")
            #expect(unknown.status == 65, "\(unknown.errors)")
            #expect(unknown.errors.contains("the class \"pig\" of \"label\" in other is none of the data set"))
            #expect(!(try place.run("append", name, "other").errors.contains("--labels-by-name")))
            let rows = try place.run("head", name, "--columns", "label,file", "--json").output
            #expect(
                rows.components(separatedBy: "\n").filter { !$0.isEmpty }.map { $0.contains("owl") } == [
                    false, false, true, false, true,
                ])
            #expect(
                try place.run("export", name, "--columns", "label,file", "-o", "-", "--format", "csv").output
                    == "label,file\n0,cat/1.bmp\n1,dog/1.bmp\n2,owl/1.bmp\n0,cat/1.bmp\n2,owl/1.bmp\n")
        }
        // Folders whose classes differ also from each other.
        try makeFolder("few", classes: ["dog", "owl"], in: place)
        #expect(try place.run("ingest", "all", "--output", "both.colonnade").status == 0)
        let several = try place.run("append", "both.colonnade", "some", "few", "--labels-by-name")
        #expect(several.status == 0, "\(several.errors)")
        #expect(
            try place.run("export", "both.colonnade", "--columns", "label", "-o", "-", "--format", "csv").output
                == "label\n0\n1\n2\n0\n2\n1\n2\n")
        // A task whose rows are added to a data set.
        let task = ["ingest", "some", "--output", "pets", "--job", "more", "--task", "0/1", "--commit"]
        #expect(try place.run(task).status == 65)
        #expect(try place.run(task + ["--labels-by-name"]).status == 0)
        #expect(try place.run("info", "pets", "--json").json()["rows"] as? Int == 7)
        #expect(try place.run("ingest", "some", "-o", "x/", "--labels-by-name").status == 64)
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
