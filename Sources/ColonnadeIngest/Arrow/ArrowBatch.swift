// SPDX-License-Identifier: Apache-2.0

import CArrow
import ColonnadeCore

/// Owns an `ArrowArray`, and releases it when nothing refers to its memory any more, on whichever thread that is.
@safe
final class ArrowBatch: @unchecked Sendable {
    private let array: UnsafeMutablePointer<ArrowArray>

    /// Moves an array in that is not released.
    init(moving source: UnsafeMutablePointer<ArrowArray>) {
        unsafe array = .allocate(capacity: 1)
        unsafe array.initialize(to: source.pointee)
        unsafe source.pointee.release = nil
    }

    deinit {
        unsafe array.pointee.release?(array)
        unsafe array.deallocate()
    }

    /// The number of rows that the array states, not checked against its buffers.
    var rowCount: Int { unsafe max(0, Int(array.pointee.length)) }

    /// Returns the batch as a struct of `columns` children. Throws `invalidSource` for a structure that breaks the rules of Arrow.
    func root(columns: Int) throws(ColonnadeError) -> ArrowNode {
        try unsafe ArrowNode(array, .structure, children: columns, owner: self)
    }
}
