// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The work for one row: reading and checking its files. A thread does it.
struct RowJob: Sendable {
    /// The name of the row's file in messages.
    let name: String
    /// The number of bytes of the values, about. It bounds the memory of rows that are made together.
    let byteCount: Int
    /// Makes the values of all columns.
    let make: @Sendable () throws(ColonnadeError) -> [RowValue]
}
