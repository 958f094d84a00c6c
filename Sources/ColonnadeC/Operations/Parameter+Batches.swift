// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

extension Parameter where Value == NameMap<Double> {
    /// The parameter for the values that pad the ragged keys of a batch. The default for each key is 0.
    static var padding: Self { .option("padding", .keyedNumbers, or: [:]) }
}

extension Parameter where Value == NameMap<Int> {
    /// The parameter for the keys of a batch that are concatenated along a dimension instead of stacked.
    static var joining: Self { .option("joining", .keyedDimensions, or: [:]) }
}
