// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeIngest
import ColonnadeStore

struct TagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag",
        abstract: "Gives a version of a data set of many files a name.",
        discussion: """
            The newest version gets the name, or the one of --version-number; a name that exists is moved. gc keeps versions \
            with a name.

              colonnade tag train.colonnade best
              colonnade tag train.colonnade paper --version-number 17
            """)

    @Argument(help: "The folder of a data set of many files.", completion: .directory)
    var folder: String

    @Argument(help: "The name.")
    var name: String

    @Option(help: ArgumentHelp("The version; by default the newest.", valueName: "number"))
    var versionNumber: Int?

    func run() throws {
        let version = try DatasetFolder(folder).setTag(name, version: versionNumber)
        try Console.report(lines: ["\(folder): \(name) is version \(version)"])
    }
}
