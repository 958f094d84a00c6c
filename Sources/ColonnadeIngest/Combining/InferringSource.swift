// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A source that infers the types of its columns from their values.
protocol InferringSource: RecordSource {
    /// Columns without a single value, whose type the caller does not say.
    var columnsWithoutValues: Set<ExactName> { get }
    /// Columns that tell which values of others were there.
    var masks: Set<ExactName> { get }
}
