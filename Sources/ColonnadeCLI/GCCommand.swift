// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore

struct GCCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Removes old versions of a data set of many files, and files that no version names.",
        discussion: """
            Lists what it would remove, and removes it with --delete. The newest versions, those with a tag and those that are \
            not old stay, with all of their files. A file that no version names may be that of a writer that has not committed \
            yet: so --older has to be longer than a writer takes.

              colonnade gc train.colonnade
              colonnade gc train.colonnade --keep 3 --older 12h --delete
            """)

    @Argument(help: "The folder of a data set of many files.", completion: .directory)
    var folder: String

    @Option(help: "The number of the newest versions that stay.")
    var keep = 10

    @Option(
        help: ArgumentHelp("The age of what may be removed: seconds, or a number with m, h or d.", valueName: "age"))
    var older = Age(seconds: 7 * 86_400)

    @Flag(help: "Removes the files.")
    var delete = false

    @Flag(help: "Prints the report as JSON.")
    var json = false

    func run() throws {
        var garbage = try FolderGarbage(in: folder, keeping: keep, olderThan: older.seconds)
        for damage in garbage.damagedTags { Console.warn("\(damage); until then all versions are kept") }
        if !garbage.hasVersions {
            Console.warn("\(folder) has no version: only the files of jobs that are not old stay")
        }
        if delete { garbage = try garbage.remove() }
        if json {
            return try Console.report { (json) throws(ColonnadeError) in
                json.member("file", folder.readableFileName)
                json.member("removed", delete)
                json.member("bytes", garbage.byteCount)
                for (name, files) in [("versions", garbage.versions), ("files", garbage.files)] {
                    json.key(name)
                    json.array { json in for file in files { json.value(file.path.readableFileName) } }
                }
            }
        }
        let versions = Wording.count(garbage.versions.count, "version")
        let files = Wording.count(garbage.files.count, "file")
        let verdict = "\(versions) and \(files), \(Wording.bytes(garbage.byteCount))"
        try Console.report(
            lines: (garbage.versions + garbage.files).map(\.path) + [
                delete ? "removed \(verdict)" : "would remove \(verdict); --delete removes them"
            ])
    }
}
