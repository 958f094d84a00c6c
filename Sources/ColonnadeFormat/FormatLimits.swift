// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The largest counts and sizes that version 1 of the format allows (rules R13, R16, R20, R21).
package enum FormatLimits {
    package static let columns = 65_535
    package static let runs = 1 << 20
    package static let rank = 32
    /// The maximum number of bytes of a row of a group, and of one step of a variable column.
    package static let stride = 1 << 40
    package static let segmentExponent = 40
    package static let blockExponents = 12...20
    package static let metadataEntries = 65_535
    /// The maximum number of bytes of all metadata keys and values together.
    package static let metadataBytes = 1 << 24
    /// The maximum number of jobs that a manifest remembers.
    package static let jobs = 1024

    /// Returns whether a row or step with these dimensions has at most `stride` bytes. A dimension of zero counts as
    /// one, so that the product in any order is within 64 bits.
    package static func fits(_ dimensions: some Sequence<Int>, of dtype: DType) -> Bool {
        var bytes = dtype.size
        for dim in dimensions {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: max(dim, 1))
            guard dim >= 0, !overflow, product <= stride else { return false }
            bytes = product
        }
        return true
    }
}
