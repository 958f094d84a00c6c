// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Measures parts of the library for the benchmarks. `tools/bench/compare` measures whole commands, and
/// `tools/bench/race` compares this command with other programs.
@main
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ColonnadeBench", abstract: "Measures the library without a command around it.",
        subcommands: [
            MeasureCommand.self, FirstEpochCommand.self, ManyFilesCommand.self, RaceCommand.self, RaggedCommand.self,
            StartCommand.self,
        ],
        defaultSubcommand: MeasureCommand.self)
}
