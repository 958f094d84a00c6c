// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A range of memory that another object owns and keeps alive.
@usableFromInline
struct LentBytes: Sendable {
    let storage: TensorStorage
    let range: Range<Int>

    @usableFromInline
    func copy() -> [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }

    func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(storage) {} }
        return try unsafe body(UnsafeRawBufferPointer(rebasing: storage.bytes[range]))
    }
}
