// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
public import ColonnadeCore

/// A file mapped for reading: the owner of the mapping, which ends with it. Opening reads nothing; pages come as they are
/// touched.
///
/// A file that is truncated while it is mapped reads as zeros after its new end, and `isDamaged` says so; without the
/// guard that does this, the system would end the process.
@safe
public final class MappedFile: MemoryLender, @unchecked Sendable {
    public let path: String
    /// Mapped bytes: the length of the file when it was opened.
    public let byteCount: Int
    private let mapping: UnsafeRawBufferPointer
    private let guardNumber: Int32
    /// The end of what is used of the file. Written before the object is shared.
    package private(set) var tail: FileTail?

    /// Throws `fileNotFound`, `invalidSource` for a folder or device, `system`.
    public init(path: String) throws(ColonnadeError) {
        let descriptor = try Syscalls.open(path, .readWithoutWaiting)
        defer { Syscalls.close(descriptor) }
        let status = try Syscalls.status(descriptor, path: path)
        guard status.isRegular else {
            throw ColonnadeError(
                .invalidSource, "it is \(status.isFolder ? "a folder" : "a device or a pipe"): name a file",
                at: .file(path))
        }
        // An empty mapping is an error to the system, and an empty file is none to us.
        var mapping = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        if status.byteCount > 0 {
            unsafe mapping = try Syscalls.map(descriptor, count: status.byteCount, path: path)
        }
        self.path = path
        byteCount = status.byteCount
        unsafe self.mapping = unsafe mapping
        if let start = mapping.baseAddress {
            guardNumber = unsafe colonnade_guard_mapping(start, status.byteCount)
        } else {
            guardNumber = -1
        }
    }

    deinit {
        // In this order: as soon as it is unmapped, another mapping may come there.
        colonnade_release_mapping(guardNumber)
        if byteCount > 0 { unsafe Syscalls.unmap(mapping) }
    }

    /// Notes the end of what is used of the file, by which a change in place is noticed. For the thread that opened the file,
    /// before it shares it.
    package func watchTail(before end: Int) { unsafe tail = FileTail(of: mapping, before: end) }

    /// Whether bytes of the mapping were not there any more when they were read, so that zeros were read, or whether the end of
    /// the file is another one. A few loads.
    public var isDamaged: Bool {
        if let tail, !tail.isUnchanged { return true }
        return colonnade_is_mapping_damaged(guardNumber) != 0
    }

    /// Whether pages of any file of this process were missing when they were read. One load.
    package static var areAnyDamaged: Bool { colonnade_has_damaged_mappings() != 0 }

    /// Throws `corruptFile` if it is damaged.
    package func checkIntact() throws(ColonnadeError) {
        guard isDamaged else { return }
        throw ColonnadeError(
            .corruptFile,
            "the file was truncated while it was open, or overwritten in place, or its disk failed: restore it from a copy "
                + "and open it anew",
            at: .file(path))
    }

    /// The whole file. Valid as long as this object is.
    @unsafe public var bytes: UnsafeRawBufferPointer { unsafe mapping }

    /// Lends the whole file.
    public func withBytes<Result, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result
    {
        defer { withExtendedLifetime(self) {} }
        return try unsafe body(mapping.bytes)
    }

    /// Tells the system how these bytes will be read; a hint.
    package func advise(_ range: Range<Int>, _ advice: Syscalls.MemoryAdvice) {
        guard !range.isEmpty else { return }
        unsafe Syscalls.advise(UnsafeRawBufferPointer(rebasing: mapping[range]), advice)
    }

    /// Reads a byte of each page of these bytes, so that a page that cannot be read is noted before others see it.
    package func touch(_ range: Range<Int>) {
        unsafe Syscalls.touch(UnsafeRawBufferPointer(rebasing: mapping[range]))
    }

    /// Puts the handler that guards mappings over those that other libraries installed since.
    package static func keepGuard() { colonnade_keep_guard() }

    /// Brings these bytes into memory before they are read.
    package func populate(_ range: Range<Int>) {
        unsafe Syscalls.populate(UnsafeRawBufferPointer(rebasing: mapping[range]))
    }
}
