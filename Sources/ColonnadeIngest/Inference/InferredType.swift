// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The types that texts can be inferred to have. The type of a column grows as further values are seen:
///
///     none ─┬─ bool ───────────────┐
///           └─ int64 ─┬─ float64 ──┴─ string
///             uint64 ─┘
///
/// Joining only ever goes to the right, and every value that fitted before fits the join without loss, as far as the
/// type alone says: whether whole numbers survive in float64 depends on their size, which `ColumnEvidence` watches.
enum InferredType: Sendable, Hashable, CaseIterable {
    case none, bool, int64, uint64, float64, string

    /// Returns the least type that holds the values of both.
    ///
    /// int64 and uint64 meet in neither: each is inferred only where the other does not do.
    func joined(with other: InferredType) -> InferredType {
        switch (self, other) {
        case (.none, let type), (let type, .none): type
        case (let left, let right) where left == right: left
        case (.int64, .float64), (.float64, .int64), (.uint64, .float64), (.float64, .uint64): .float64
        default: .string
        }
    }

    /// The data type of the elements; nil for text. Without any value a column is float64, all NaN.
    var dtype: DType? {
        switch self {
        case .bool: .bool
        case .int64: .int64
        case .uint64: .uint64
        case .float64, .none: .float64
        case .string: nil
        }
    }
}
