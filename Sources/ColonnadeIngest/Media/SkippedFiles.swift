// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The files that an ingest leaves out because they are bad, each with the reason.
///
///     let skipped = SkippedFiles()
///     options.skipped = skipped
///     _ = try Ingestor(paths: ["pictures"], options: options).write(to: "pictures.colonnade")
///     print(skipped.summary ?? "all files are good")
public final class SkippedFiles: Sendable {
    private struct Notes {
        var count = 0
        var first: [BadFile] = []
    }

    private let notes = Monitor(Notes())

    public init() {}

    /// The number of files that were left out so far.
    public var count: Int { notes.withLock { $0.count } }

    /// The first files, with the reasons, in several lines; nil if no file was left out.
    public var summary: String? {
        notes.withLock { notes in
            notes.count == 0 ? nil : BadFile.list(notes.first, count: notes.count)
        }
    }

    /// The names of the first files, with the reasons. Later files are only counted.
    public var reasons: [String] { notes.withLock { $0.first.map(\.description) } }

    func note(_ file: BadFile) {
        notes.withLock { notes in
            notes.count += 1
            if notes.first.count < BadFile.mostShown { notes.first.append(file) }
        }
    }
}
