// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// Gives the elements of `key` another shape. One dimension may be -1: its size follows from the others. Text becomes its bytes.
    /// No memory is copied.
    ///
    /// Throws `unknownKey`; `invalidArgument` if the elements do not fill the shape, for a ragged value while running.
    public func reshaped(_ key: String, to shape: [Int]) throws(ColonnadeError) -> Self {
        try adding(Reshape(key: key, kind: .shape(shape)))
    }

    /// Removes dimensions of size 1 from `key`: all of them, or the given ones.
    ///
    /// Throws `unknownKey`; `invalidArgument` for a dimension that does not exist, has another size, or varies.
    public func squeezed(_ key: String, dimensions: [Int]? = nil) throws(ColonnadeError) -> Self {
        let shape = try schema.field(named: key).shape
        var chosen: [Int] = []
        // Dimensions that are 1 by chance, of a ragged value or a short batch, stay.
        for dimension in dimensions ?? shape.indices.filter({ shape[$0] == 1 }) {
            let counted = try Shapes.counted(dimension, of: shape.count, key)
            guard !chosen.contains(counted) else {
                throw ColonnadeError(.invalidArgument, "dimension \(dimension) of \"\(key)\" is squeezed twice")
            }
            chosen.append(counted)
        }
        return try adding(Reshape(key: key, kind: .squeeze(chosen)))
    }

    /// Splits the first dimension of `key` into `count` parts: `[count, length / count, …]`. A scalar stays as it is, and text
    /// becomes its bytes.
    ///
    /// Throws `unknownKey`; `invalidArgument` for a count below 1, or one that does not divide the dimension.
    public func split(_ key: String, into count: Int) throws(ColonnadeError) -> Self {
        try adding(Reshape(key: key, kind: .split(count)))
    }

    /// Adds the shape of `key` as int64 under `outputKey`: the complete shape, or the size of one dimension as a scalar.
    ///
    /// Throws `unknownKey`; `invalidArgument` for a dimension that does not exist.
    public func shape(
        of key: String, as outputKey: String, dimension: Int? = nil
    ) throws(ColonnadeError) -> Self {
        try adding(ShapeOf(key: key, outputKey: outputKey, dimension: dimension))
    }
}

/// Helpers that transforms of shapes share.
enum Shapes {
    /// Returns a dimension counted from the front. Throws `invalidArgument` for a dimension that does not exist.
    static func counted(_ dimension: Int, of rank: Int, _ key: String) throws(ColonnadeError) -> Int {
        let counted = dimension < 0 ? dimension + rank : dimension
        guard counted >= 0, counted < rank else {
            throw ColonnadeError(
                .invalidArgument, "dimension \(dimension) of \"\(key)\" is out of range (\(-rank)..<\(rank))")
        }
        return counted
    }
}
