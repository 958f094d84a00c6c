// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The place of the bytes of an encoded file: a file of its own, or a part of an archive.
enum EncodedFile: Sendable {
    case file(String)
    case member(SharedFile, Range<Int>)

    /// A path in a file of data leads out of the folder of the files.
    case outside

    /// Returns the file at a path that data names. It must be inside of a folder, also after links are resolved.
    static func inside(_ folder: String, _ path: String) -> EncodedFile {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.first?.isEmpty == false, !parts.contains("..") else { return .outside }
        let file = "\(folder)/\(path)"
        // A file that does not exist is reported when it is opened.
        if let resolved = Syscalls.realPath(file), let root = Syscalls.realPath(folder), root != "/",
            !resolved.startsWithBytes(of: "\(root)/")
        {
            return .outside
        }
        return .file(file)
    }

    /// The largest file that becomes a value. A file with holes can claim any length.
    private static let largest = 1 << 31

    /// Returns the first bytes, at most `limit`, and the number of all bytes. Throws `invalidSource` for a file that is empty, too
    /// large, or no regular file; `fileNotFound`, `system`.
    func first(_ limit: Int) throws(ColonnadeError) -> (bytes: [UInt8], byteCount: Int) {
        try opened(allowsEmpty: false) { (byteCount, read) throws(ColonnadeError) in
            (try read(min(limit, byteCount)), byteCount)
        }
    }

    /// Returns all bytes. Throws as `first` does, except that an empty file is no error if `allowsEmpty` is true.
    func contents(allowsEmpty: Bool = false) throws(ColonnadeError) -> [UInt8] {
        try withContents(allowsEmpty: allowsEmpty) { $0 }
    }

    /// Calls `body` with all bytes. Threads that do so together keep to the budget of files. Throws as `contents` does.
    func withContents<Result>(
        allowsEmpty: Bool = false, _ body: ([UInt8]) throws(ColonnadeError) -> Result
    ) throws(ColonnadeError) -> Result {
        try opened(allowsEmpty: allowsEmpty) { (byteCount, read) throws(ColonnadeError) in
            try MemoryBudget.files.spending(byteCount) { () throws(ColonnadeError) in try body(try read(byteCount)) }
        }
    }

    /// Opens the file once, and calls `body` with its size and a function that returns its first bytes.
    private func opened<Result>(
        allowsEmpty: Bool,
        _ body: (Int, (_ count: Int) throws(ColonnadeError) -> [UInt8]) throws(ColonnadeError) -> Result
    ) throws(ColonnadeError) -> Result {
        switch self {
        case .file(let path):
            let file = try RegularFile(path: path)
            try EncodedFile.check(file.byteCount, allowsEmpty: allowsEmpty)
            return try body(file.byteCount) { (count) throws(ColonnadeError) in try file.read(0..<count) }
        case .outside:
            throw ColonnadeError(
                .invalidSource,
                "its path leads out of the folder, or a link does: give a path inside of it, and copy the file there")
        case .member(let archive, let range):
            try EncodedFile.check(range.count, allowsEmpty: allowsEmpty)
            return try body(range.count) { (count) throws(ColonnadeError) in try archive.read(range.prefix(count)) }
        }
    }

    private static func check(_ byteCount: Int, allowsEmpty: Bool) throws(ColonnadeError) {
        guard byteCount > 0 || allowsEmpty else {
            throw ColonnadeError(.invalidSource, "it is empty: replace it, or remove it")
        }
        guard byteCount <= largest else {
            throw ColonnadeError(
                .invalidSource,
                "it has \(byteCount) bytes, and \(largest) is the limit for one value: cut it into parts")
        }
    }
}
