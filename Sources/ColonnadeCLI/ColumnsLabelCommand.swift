// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeStore

struct ColumnsLabelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: "Corrects the class labels of a column of a data set.",
        discussion: """
            The numbers of the rows stay. Each of them must have a label.

              colonnade columns label train.colonnade class cat dog
            """)

    @Argument(help: "The folder of a data set of many files, or a Colonnade file.", completion: .file())
    var folder: String

    @Argument(help: "The column.")
    var column: String

    @Argument(help: "The labels of the numbers 0, 1 and so on.")
    var labels: [String]

    func run() throws {
        let version = try DatasetVersion.setClassLabels(labels, ofColumn: column, at: folder)
        try Console.report(lines: ["\(folder): version \(version)"])
    }
}
