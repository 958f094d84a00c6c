// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension Pipelined {
    /// The elements of `key` in another shape. One dimension may be -1: as long as the others leave it. Text becomes its bytes.
    ///
    /// Throws `unknownKey`; `invalidArgument` where the elements do not fill that shape, or while running where those of a
    /// ragged value do not. Free: the elements stay where they are.
    public func reshaped(_ key: String, to shape: [Int]) throws(ColonnadeError) -> Self {
        try adding(Reshape(key: key, kind: .shape(shape)))
    }

    /// Without the dimensions of `key` that are 1: all of them, or those given.
    ///
    /// Throws `unknownKey`; `invalidArgument` for a dimension that it has not, that is not 1, or that varies.
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

    /// The first dimension of `key` cut into `count` parts: `[count, length / count, …]`. A scalar stays as it is, and text becomes its bytes.
    ///
    /// Throws `unknownKey`; `invalidArgument` for a count below 1, or that does not divide the dimension.
    public func split(_ key: String, into count: Int) throws(ColonnadeError) -> Self {
        try adding(Reshape(key: key, kind: .split(count)))
    }

    /// The shape of `key` as int64 under `outputKey`: all of it, or the size of one dimension as a scalar.
    ///
    /// Throws `unknownKey`; `invalidArgument` for a dimension that it has not.
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
                .invalidArgument, "\"\(key)\" has \(rank) dimensions, and none of number \(dimension)")
        }
        return counted
    }
}
