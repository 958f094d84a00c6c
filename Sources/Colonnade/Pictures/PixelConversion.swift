// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// The conversion of the pixels of a result while they are computed.
struct PixelConversion {
    let conversion: Conversion
    /// The number of results that follow one another in memory.
    let resultCount: Int

    var target: DType { conversion.target }
}
