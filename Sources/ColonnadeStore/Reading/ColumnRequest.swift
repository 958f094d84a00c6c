// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels

/// A column to read, with the conversion and the padding of its values.
package struct ColumnRequest: Sendable {
    /// The index in the schema.
    package var column: Int
    package var conversion: Conversion?
    /// The number that fills the rest of ragged rows, after the conversion.
    package var padding: Double

    package init(column: Int, conversion: Conversion? = nil, padding: Double = 0) {
        self.column = column
        self.conversion = conversion
        self.padding = padding
    }
}

extension ColumnRequest: Equatable {
    package static func == (_ one: ColumnRequest, _ other: ColumnRequest) -> Bool {
        one.column == other.column && one.conversion === other.conversion
            && one.padding.bitPattern == other.padding.bitPattern
    }
}
