// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// The plan of an ingest, for people to look at before the ingest runs.
public struct IngestPlan: Sendable {
    public let schema: Schema
    /// Nil if only reading all of it can tell.
    public let rowCount: Int?
    /// Why columns have their types: one sentence a column, where that is not plain.
    public let reasons: [String]
    /// The columns that share rows in a new file, by name; see `WriterOptions.Grouping`. Those that vary are in none.
    public let groups: [[String]]
}
