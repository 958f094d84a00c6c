// SPDX-License-Identifier: Apache-2.0

/// The answer of the visitor of a record.
enum VisitAnswer: Sendable {
    case next
    /// Stop after this record.
    case stop
    /// Stop before this record, and visit it again the next time.
    case undo
}
