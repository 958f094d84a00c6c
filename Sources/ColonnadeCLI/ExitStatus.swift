// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ColonnadeCore

/// The exit codes of the command, following `sysexits.h`.
enum ExitStatus {
    static let usage = ExitCode(64)
    static let badData = ExitCode(65)
    static let noInput = ExitCode(66)
    static let system = ExitCode(74)
    /// The code that a shell reports for SIGINT.
    static let interrupted = ExitCode(130)

    /// Returns the exit code for an error.
    ///
    /// - Parameter target: the file that the command makes or changes. If its folder does not exist, that is a system
    ///   error and not a missing input.
    static func of(_ error: ColonnadeError, target: String?) -> ExitCode {
        switch error.code {
        case .fileNotFound:
            if let target, case .file(target, _) = error.place { system } else { noInput }
        case .corruptFile, .unsupported, .invalidSource: badData
        case .unknownKey, .invalidArgument, .outOfRange, .fileExists: usage
        case .system, .userFunction, .outOfMemory: system
        case .cancelled: interrupted
        }
    }
}
