// SPDX-License-Identifier: Apache-2.0

/// A part of rows that a reader requests from the disk. Values of ragged columns are found by the ends of the rows. So their
/// ends are requested before them, and have come from the disk when the values are requested.
package enum RequestedPart: Sendable {
    /// The ends and dimensions of ragged columns.
    case ends
    /// All other bytes.
    case values
}
