// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

struct ColumnsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "columns",
        abstract:
            "Adds, replaces, drops, renames and labels columns of a data set of many files, without writing the others.",
        discussion: """
            Each change makes a version with one commit, and older versions stay as they are. A file becomes a data set of many \
            files: a folder in its place, which has the file as it is.

              colonnade columns add train.colonnade lengths.npy
              colonnade columns drop train.colonnade draft
              colonnade columns rename train.colonnade label=class
              colonnade columns label train.colonnade class cat dog
            """,
        subcommands: [
            ColumnsAddCommand.self, ColumnsDropCommand.self, ColumnsRenameCommand.self, ColumnsLabelCommand.self,
        ])
}
