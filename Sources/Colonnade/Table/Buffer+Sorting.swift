// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// Orders that depend on the values of a key.
extension Buffer {
    /// Returns the samples in the order of the values of a key: numbers, bools, texts or bytes, which compare by their bytes.
    /// Equal values keep their order, also when `descending`. NaN comes last in both directions.
    ///
    /// This is a selection: a shuffle before it has the order of epoch 0 in every epoch. The values are read in this call,
    /// once. O(samples); O(samples × log samples) for texts.
    ///
    /// Throws `unknownKey`; `invalidArgument` for values of other shapes; and the errors of making a sample.
    public func sorted(by key: String, descending: Bool = false) throws(ColonnadeError) -> Buffer {
        var codes = try sortCodes(of: key)
        if descending {
            let isFloat = schema[try schema.index(of: key)].dtype.isFloatingPoint
            for index in codes.indices where !isFloat || codes[index] != .max { codes[index] = ~codes[index] }
        }
        return Buffer(plan.choosing(.table(RadixSort.indices(codes))))
    }

    /// Returns the samples in a random order of which every part has each value of a key as often as its size demands, up to
    /// rounding: for parts that `prefix` and `dropFirst` cut, for training and validation.
    ///
    /// The order depends on the seed alone, and is the same in every epoch. It is a selection, as `sorted(by:descending:)` is.
    /// Each float NaN counts as one value. Throws the errors of `sorted(by:descending:)`.
    public func stratified(by key: String, seed: UInt64) throws(ColonnadeError) -> Buffer {
        let codes = try sortCodes(of: key)
        let random = IndexPermutation(count: count, seed: seed, epoch: 0).rows(at: 0..<count)
        // The samples of each value, in random order, are spread evenly over the whole, from a random place on: otherwise
        // all values that occur once would be in the same part.
        let grouped = RadixSort.indices(random.map { codes[$0] }).map { random[$0] }
        var places = [UInt64](repeating: 0, count: count)
        var start = 0
        while start < count {
            let end = grouped[start...].firstIndex { codes[$0] != codes[grouped[start]] } ?? count
            var draw = SplitMix64(seed: seed, epoch: 0, row: start)
            let offset = draw.unit()
            for index in start..<end {
                places[index] = ((Double(index - start) + offset) / Double(end - start)).bitPattern
            }
            start = end
        }
        return Buffer(plan.choosing(.table(RadixSort.indices(places).map { grouped[$0] })))
    }
}
