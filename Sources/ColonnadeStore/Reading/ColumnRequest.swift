// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels

/// A column to read, with the conversion and the padding of its values.
package struct ColumnRequest: Sendable {
    /// The index in the schema; in joined data sets, the number of the key.
    package var column: Int
    package var conversion: Conversion?
    /// The number that fills the rest of ragged rows, after the conversion.
    package var padding: Double
    /// Whether a batch of texts may have the form of `UnpaddedTexts`. The column has single texts, without a conversion.
    package var unpadsTexts = false

    package init(column: Int, conversion: Conversion? = nil, padding: Double = 0) {
        self.column = column
        self.conversion = conversion
        self.padding = padding
    }

    /// Returns the request for a column of another data set.
    package func of(_ column: Int) -> ColumnRequest {
        var copy = self
        copy.column = column
        return copy
    }

    /// The request for a batch with padding, whose rows become part of another batch.
    package var padded: ColumnRequest {
        var copy = self
        copy.unpadsTexts = false
        return copy
    }
}

extension ColumnRequest: Equatable {
    package static func == (_ one: ColumnRequest, _ other: ColumnRequest) -> Bool {
        one.column == other.column && one.conversion === other.conversion
            && one.padding.bitPattern == other.padding.bitPattern && one.unpadsTexts == other.unpadsTexts
    }
}
