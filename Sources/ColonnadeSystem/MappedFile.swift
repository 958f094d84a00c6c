// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
public import ColonnadeCore
import Synchronization

/// A file that is mapped for reading, and the owner of the mapping. Opening reads no contents; the system reads pages
/// when they are accessed.
///
/// If a file is truncated while it is mapped, its lost bytes read as zeros and `isDamaged` becomes true. A signal
/// handler does this (`mapping_guard.c`); without it, the system would end the process.
@safe
public final class MappedFile: MemoryLender, @unchecked Sendable {
    public let path: String
    /// The number of mapped bytes, which is the length of the file when it was opened.
    public let byteCount: Int
    private let mapping: UnsafeRawBufferPointer
    private let guardNumber: Int32
    /// The open file, for `copy`; nil if `mostDescriptors` other files are open.
    private let descriptor: Syscalls.Descriptor?
    private let identity: Syscalls.Identity
    private static let descriptorCount = Atomic(0)
    /// The maximum number of files that stay open, since a process may have few descriptors and thousands of data sets.
    private static let mostDescriptors = 64
    /// The end of the used part of the file. It is written before the object is shared.
    @exclusivity(unchecked) package private(set) var tail: FileTail?  // a check would cost more than the comparison

    /// Maps a file. Throws `fileNotFound`, `invalidSource` for a folder or device, or `system`.
    public convenience init(path: String) throws(ColonnadeError) {
        let descriptor = try Syscalls.open(path, .readWithoutWaiting)
        var staysOpen = false
        defer { if !staysOpen { Syscalls.close(descriptor) } }
        let status = try Syscalls.status(descriptor, path: path)
        guard status.isRegular else {
            throw ColonnadeError(
                .invalidSource, "it is \(status.isFolder ? "a folder" : "a device or a pipe"): name a file",
                at: .file(path))
        }
        staysOpen = MappedFile.descriptorCount.wrappingAdd(1, ordering: .relaxed).newValue <= MappedFile.mostDescriptors
        if !staysOpen { MappedFile.descriptorCount.wrappingSubtract(1, ordering: .relaxed) }
        do throws(ColonnadeError) {
            try self.init(
                descriptor, byteCount: status.byteCount, identity: status.identity, path: path,
                keeping: staysOpen ? descriptor : nil)
        } catch {
            if staysOpen { MappedFile.descriptorCount.wrappingSubtract(1, ordering: .relaxed) }
            staysOpen = false
            throw error
        }
    }

    /// Maps a file that is open. Throws `system`.
    ///
    /// - Parameter kept: the descriptor, if the mapping closes it; nil if the caller does.
    init(
        _ descriptor: Syscalls.Descriptor, byteCount: Int, identity: Syscalls.Identity, path: String,
        keeping kept: Syscalls.Descriptor? = nil
    ) throws(ColonnadeError) {
        // An empty file is valid, but the system refuses an empty mapping.
        var mapping = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
        if byteCount > 0 { unsafe mapping = try Syscalls.map(descriptor, count: byteCount, path: path) }
        self.path = path
        self.byteCount = byteCount
        self.identity = identity
        unsafe self.mapping = unsafe mapping
        if let start = mapping.baseAddress {
            guardNumber = unsafe colonnade_guard_mapping(start, byteCount)
        } else {
            guardNumber = -1
        }
        self.descriptor = kept
    }

    deinit {
        // The guard must be released first: after unmapping, another mapping may get the address.
        colonnade_release_mapping(guardNumber)
        if byteCount > 0 { unsafe Syscalls.unmap(mapping) }
        if let descriptor {
            if canCopy { Syscalls.close(descriptor) }
            MappedFile.descriptorCount.wrappingSubtract(1, ordering: .relaxed)
        }
    }

    /// Saves the bytes before an offset to detect a later change of the file in place. Only the thread that opened the
    /// file may call it, before it shares the object.
    package func watchTail(before end: Int) { unsafe tail = FileTail(of: mapping, before: end) }

    /// Whether bytes of the mapping were lost when they were read, so that zeros were read, or the end of the file has
    /// changed. A few loads.
    public var isDamaged: Bool {
        if let tail = unsafe tail, !tail.isUnchanged { return true }
        return colonnade_is_mapping_damaged(guardNumber) != 0
    }

    /// Whether pages of any file of this process were lost when they were read. One load.
    package static var areAnyDamaged: Bool { colonnade_has_damaged_mappings() != 0 }

    /// Throws `corruptFile` if the file is damaged.
    package func checkIntact() throws(ColonnadeError) {
        guard isDamaged else { return }
        throw ColonnadeError(
            .corruptFile,
            "the file was truncated while it was open, or overwritten in place, or its disk failed: restore it from a copy "
                + "and open it anew",
            at: .file(path))
    }

    /// The bytes of the whole file. They are valid as long as the object exists.
    @unsafe public var bytes: UnsafeRawBufferPointer { unsafe mapping }

    /// The bytes of the whole file as uint8. The tensor keeps the mapping.
    package var tensor: Tensor {
        Tensor(dtype: .uint8, shape: [byteCount], storage: unsafe TensorStorage(borrowing: mapping, lender: self))
    }

    /// Returns a copy of a range of bytes.
    package func array(_ range: Range<Int>) -> [UInt8] { unsafe Array(mapping[range]) }

    /// Calls `body` with the bytes of the whole file.
    public func withBytes<Result, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result
    {
        defer { withExtendedLifetime(self) {} }
        return try unsafe body(mapping.bytes)
    }

    /// Whether `copy` can read the file. The program may have closed all descriptors, as daemons do, and opened another file
    /// with the same number. One system call.
    package var canCopy: Bool {
        guard let descriptor else { return false }
        return (try? Syscalls.status(descriptor, path: path))?.identity == identity
    }

    /// Copies bytes of the file to memory without mapping their pages. Returns false if that is not possible: then the
    /// mapping has the bytes, or reading them there reports the error. The caller asks `canCopy` before the first of several
    /// calls.
    @unsafe package func copy(_ range: Range<Int>, to memory: UnsafeMutableRawPointer) -> Bool {
        guard let descriptor else { return false }
        let target = unsafe UnsafeMutableRawBufferPointer(start: memory, count: range.count)
        return unsafe Syscalls.fill(target, from: descriptor, at: range.lowerBound)
    }

    /// Tells the system how a range of bytes will be read; a hint.
    package func advise(_ range: Range<Int>, _ advice: Syscalls.MemoryAdvice) {
        guard !range.isEmpty else { return }
        unsafe Syscalls.advise(UnsafeRawBufferPointer(rebasing: mapping[range]), advice)
    }

    /// Reads one byte of each page in a range, so that an unreadable page is detected before the bytes are used.
    package func touch(_ range: Range<Int>) {
        unsafe Syscalls.touch(UnsafeRawBufferPointer(rebasing: mapping[range]))
    }

    /// Installs the handler that guards mappings again, in case another library has replaced it.
    package static func keepGuard() { colonnade_keep_guard() }

    /// Reads a range of bytes into memory before it is used.
    package func populate(_ range: Range<Int>) {
        unsafe Syscalls.populate(UnsafeRawBufferPointer(rebasing: mapping[range]))
    }
}
