// SPDX-License-Identifier: Apache-2.0

/// Neighbouring columns of a CSV file that become one tensor: `pixels=p0:p783`.
public struct VectorColumn: Sendable, Hashable {
    public var name: String
    /// Names of the first and the last of the columns, by their index in the header.
    public var first: String
    public var last: String

    public init(name: String, first: String, last: String) {
        self.name = name
        self.first = first
        self.last = last
    }
}
