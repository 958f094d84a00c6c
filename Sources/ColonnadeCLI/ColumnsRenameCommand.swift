// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeStore

struct ColumnsRenameCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename",
        abstract: "Gives columns of a data set other names, all at once.",
        discussion: """
              colonnade columns rename train.colonnade x=y y=x
            """)

    @Argument(help: "The folder of a data set of many files, or a Colonnade file.", completion: .file())
    var folder: String

    @Argument(help: ArgumentHelp("The old and the new name of each column.", valueName: "old=new"))
    var names: [Assignment<String>]

    func run() throws {
        let version = try DatasetVersion.renameColumns(names.map { ($0.name, $0.value) }, at: folder)
        try Console.report(lines: ["\(folder): version \(version)"])
    }
}
