// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

extension Parameter where Value == NameMap<Double> {
    /// The values that fill up ragged keys of a batch; 0 for others.
    static var padding: Self { .option("padding", .keyedNumbers, or: [:]) }
}

extension Parameter where Value == NameMap<Int> {
    /// The keys of a batch that are joined along a dimension instead of stacked.
    static var joining: Self { .option("joining", .keyedDimensions, or: [:]) }
}
