// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels

/// A column to read, with the conversion and the padding of its values.
package struct ColumnRequest: Sendable {
    /// Position in the schema.
    package var column: Int
    package var conversion: Conversion?
    /// What ragged rows are filled up with, behind the conversion.
    package var padding: Double

    package init(column: Int, conversion: Conversion? = nil, padding: Double = 0) {
        self.column = column
        self.conversion = conversion
        self.padding = padding
    }
}
