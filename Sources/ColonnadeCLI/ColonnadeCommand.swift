// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore
import ColonnadeSystem

@main
struct ColonnadeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "colonnade",
        abstract: "Converts samples once into a memory-mapped file, looks into it, and measures reading it.",
        discussion: """
            A first session, with images and labels in two files:

              colonnade ingest train-images-idx3-ubyte.gz train-labels-idx1-ubyte.gz \\
                  --output fashion.colonnade
              colonnade info fashion.colonnade
              colonnade head -n 3 fashion.colonnade
              colonnade bench fashion.colonnade --shuffle --batch 256

            Each command shows examples: colonnade help ingest. With --json a report is JSON on standard output.

            Exit codes: 0, 64 (the command was wrong), 65 (the data is), 66 (no such input), 74 (the system refused), \
            130 (Ctrl-C).
            """,
        version: "\(releaseVersion)",
        subcommands: [
            IngestCommand.self, InfoCommand.self, HeadCommand.self, StatsCommand.self, VerifyCommand.self,
            AppendCommand.self, ExportCommand.self, BenchCommand.self, ColumnsCommand.self, LogCommand.self,
            TagCommand.self, GCCommand.self, CommitCommand.self, PackCommand.self,
        ])

    static func main() {
        var target: String?
        Syscalls.ignoreFileSizeSignal()
        do {
            guard let arguments = Syscalls.arguments else {
                throw ColonnadeError(.system, "the system does not tell the command its arguments: mount /proc")
            }
            try checkName(arguments.first)
            if arguments.first == "help", arguments.count > 1 { try checkName(arguments[1]) }
            var command = try parseAsRoot(arguments)
            target = (command as? any WritingCommand)?.target
            try command.run()
        } catch {
            exit(withError: report(error, target: target))
        }
    }

    /// Throws `invalidArgument` for an unknown command name. The parser would treat it as an argument, and report the
    /// first option after it.
    private static func checkName(_ name: String?) throws(ColonnadeError) {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName }
        guard let name else {
            throw ColonnadeError(
                .invalidArgument,
                "there is no command: name one of \(names.joined(separator: ", ")); colonnade help says more")
        }
        guard !name.hasPrefix("-"), name != "help", !names.contains(name) else { return }
        throw ColonnadeError(
            .invalidArgument, "there is no command \"\(name)\"; there are \(names.joined(separator: ", "))")
    }

    /// Prints the message of an error, and returns the error that ends the process.
    private static func report(_ error: any Error, target: String?) -> any Error {
        switch error {
        case let error as ColonnadeError:
            Console.complain("\(error)")
            return ExitStatus.of(error, target: target)
        case is ExitCode:
            return error
        default:
            // The error is one of the parser, or a request for help, which goes to standard output.
            guard exitCode(for: error) != .success else { return error }
            let message = fullMessage(for: error)
            Console.complain(message.hasPrefix("Error: ") ? String(message.dropFirst(7)) : message)
            return exitCode(for: error)
        }
    }
}
