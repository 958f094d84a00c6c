// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// A source of samples to be ingested, read from front to back.
///
/// Opening a source settles its schema, from all of the evidence: a source of text reads itself once for that. A
/// value that is read afterwards fits the schema or is an error with record and column.
public protocol RecordSource: AnyObject {
    /// The name of the source in messages: the path.
    var name: String { get }

    /// Settled when the source was opened.
    var schema: Schema { get }

    /// Known when the source was opened; nil where only reading all of it can tell, as of another program's stream.
    var rowCount: Int? { get }

    /// Why each column has its type, where that is not plain: one sentence a column, for people.
    var reasons: [String] { get }

    /// Returns the next rows: at most `rowLimit`, and no more than fit in `byteLimit` bytes of values unless a single
    /// row is larger; nil at the end. The order and contents do not depend on the limits.
    ///
    /// Throws `invalidSource` with record and column for a value that does not fit.
    func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk?
}
