// SPDX-License-Identifier: Apache-2.0

/// What the visitor of a record wants next.
enum VisitAnswer: Sendable {
    case next
    /// This record is done with; no more for now.
    case stop
    /// No more for now, and this record again the next time.
    case undo
}
