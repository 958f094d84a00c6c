// SPDX-License-Identifier: Apache-2.0

/// One value of a column: its bytes, and its varying dimensions if the column has several.
public struct SourceValue: Hashable, Sendable {
    public var bytes: [UInt8]
    public var dimensions: [Int] = []
}
