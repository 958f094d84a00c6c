// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeStore

/// The choice of a version of a data set of many files.
struct VersionChoice: ParsableArguments {
    @Option(help: ArgumentHelp("A version of a data set of many files; by default the newest.", valueName: "number"))
    var versionNumber: Int?

    @Option(help: ArgumentHelp("The version that has this tag.", valueName: "name"))
    var tag: String?

    /// Opens a file, or a version if the path leads to a folder. Throws the errors of opening it.
    func open(_ path: String) throws(ColonnadeError) -> any OpenDataset {
        try StoredDataset.open(path, version: versionNumber, tag: tag)
    }
}
