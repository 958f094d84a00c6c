// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The bad files that a source has found so far. They are left out if the caller asked for it; otherwise one error lists them.
struct BadFiles {
    /// The notes of the caller; nil if bad files are an error.
    private let skipped: SkippedFiles?
    /// Whether the caller has the notes already.
    private let isRepeated: Bool
    private let source: String
    private(set) var count = 0
    private var first: [BadFile] = []

    init(_ skipped: SkippedFiles?, source: String) {
        self.skipped = skipped
        self.source = source
        isRepeated = false
    }

    /// The bad files of the first look at a source. A source that is opened again does not note them again.
    init(surveying source: String, _ options: IngestOptions) {
        skipped = options.skipped
        self.source = source
        isRepeated = options.isReopening
    }

    var areSkipped: Bool { skipped != nil }

    /// Notes a file. Throws the error itself if it says nothing about the file.
    mutating func note(_ name: String, _ error: ColonnadeError) throws(ColonnadeError) {
        guard error.code != .cancelled, error.code != .outOfMemory, error.code != .invalidArgument else { throw error }
        let file = BadFile(name, error)
        count += 1
        if let skipped {
            if !isRepeated { skipped.note(file) }
            return
        }
        if first.count < BadFile.mostShown { first.append(file) }
    }

    /// Throws `invalidSource` with a list of the bad files, unless they are left out or there are none.
    func check(of total: Int) throws(ColonnadeError) {
        guard count > 0, !areSkipped else { return }
        guard count > 1 else {
            throw ColonnadeError(
                .invalidSource, "\(first[0]). To leave such files out, give --skip-bad", at: .file(source))
        }
        throw ColonnadeError(
            .invalidSource,
            "\(count) of its \(total) files are bad. Correct them, or give --skip-bad to leave them out:\n"
                + BadFile.list(first, count: count), at: .file(source))
    }
}
