// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeStore

struct ColumnsDropCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Removes columns from the newest version of a data set.",
        discussion: """
            Older versions keep the columns. gc frees the space of files that only removed versions need.

              colonnade columns drop train.colonnade draft notes
            """)

    @Argument(help: "The folder of a data set of many files, or a Colonnade file.", completion: .file())
    var folder: String

    @Argument(help: "The columns.")
    var columns: [String]

    func run() throws {
        let version = try DatasetVersion.dropColumns(columns, at: folder)
        try Console.report(lines: ["\(folder): version \(version)"])
    }
}
