// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A command that makes or changes a file.
protocol WritingCommand: ParsableCommand {
    /// The file that the command writes. It distinguishes a missing input from a target that cannot be written.
    var target: String { get }
}
