// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// Finds the entry points of JPEG files, which writers store beside the files, so that parts of the pictures are decoded faster.
///
/// `MediaFiles` of ColonnadeMedia is one. A module that knows the format of the files provides it, since this one does not.
public protocol EntryPointFinder: Sendable {
    /// Appends the entry points of a file, in the form of `formats/colonnade-1.md`, section 5.5. Appends nothing for a file without:
    /// one of another format, or a JPEG file that is progressive, damaged, or has restarts.
    ///
    /// Throws `outOfMemory`.
    func appendEntryPoints(of file: Span<UInt8>, to bytes: inout [UInt8]) throws(ColonnadeError)
}
