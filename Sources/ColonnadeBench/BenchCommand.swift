// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// Measures parts of the library for the benchmarks: `tools/bench/compare` measures whole commands, `tools/bench/race` runs
/// this one against other programs.
@main
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ColonnadeBench", abstract: "Measures the library without a command around it.",
        subcommands: [
            MeasureCommand.self, FirstEpochCommand.self, ManyFilesCommand.self, RaceCommand.self, RaggedCommand.self,
        ],
        defaultSubcommand: MeasureCommand.self)
}
