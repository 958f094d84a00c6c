// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A command that makes or changes a file.
protocol WritingCommand: ParsableCommand {
    /// The file, for telling a missing input from a target that cannot be.
    var target: String { get }
}
