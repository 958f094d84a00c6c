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
        // Those that are 1 by chance, of a ragged value or a short batch, stay.
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

/// Other shapes of the same elements.
struct Reshape: Transform {
    enum Kind: Sendable {
        case shape([Int])
        /// Counted from the front, each once.
        case squeeze([Int])
        case split(Int)
    }

    let key: String
    let kind: Kind
    /// Dimensions in front that stay: 1 where samples are stacked.
    var leading = 0

    var keys: [String] { [key] }

    var label: String {
        switch kind {
        case .shape(let shape): "reshape(\(key), \(shape))"
        case .squeeze: "squeeze(\(key))"
        case .split(let count): "split(\(key), \(count))"
        }
    }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        var field = fields[0]
        // Text has one dimension, which varies: nothing is squeezed away.
        if case .squeeze(let dimensions) = kind, dimensions.isEmpty { return fields }
        if field.kind != .tensor { field = Field(key, .uint8, field.shape) }
        field.shape = try result(field.shape)
        return [field]
    }

    /// The shape of the result, of a shape that may have dimensions that vary.
    private func result(_ shape: [Int?]) throws(ColonnadeError) -> [Int?] {
        switch kind {
        case .shape(let wanted):
            guard wanted.allSatisfy({ $0 >= -1 }), wanted.count(where: { $0 == -1 }) <= 1 else {
                throw ColonnadeError(.invalidArgument, "\(wanted) is no shape: one dimension may be -1, and none less")
            }
            if shape.contains(nil) { return wanted.map { $0 == -1 ? nil : $0 } }
            let count = Tensor.checkedElementCount(of: shape.map { $0 ?? 0 }) ?? 0
            let known = wanted.filter { $0 != -1 }
            guard let product = Tensor.checkedElementCount(of: known),
                wanted.contains(-1) ? (product > 0 && count % product == 0) : product == count
            else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(key)\" has \(count) elements of shape \(shape.map { $0 ?? 0 }), which cannot take shape \(wanted)"
                )
            }
            return wanted.map { $0 == -1 ? count / product : $0 }
        case .squeeze(let dimensions):
            var left = shape
            for dimension in dimensions.sorted(by: >) {
                guard left[dimension] == 1 else {
                    throw ColonnadeError(
                        .invalidArgument,
                        "dimension \(dimension) of \"\(key)\" is \(left[dimension].map(String.init) ?? "of varying size"), and only 1 can be squeezed away"
                    )
                }
                left.remove(at: dimension)
            }
            return left
        case .split(let count):
            guard count >= 1 else {
                throw ColonnadeError(.invalidArgument, "there are no \(count) parts: give at least 1")
            }
            guard let first = shape.first else { return shape }
            guard let length = first else { return [count, nil] + shape.dropFirst() }
            guard length % count == 0 else {
                throw ColonnadeError(
                    .invalidArgument, "\"\(key)\" has a first dimension of \(length), which \(count) does not divide")
            }
            return [count, length / count] + shape.dropFirst()
        }
    }

    func behindLeadingDimension(_ fields: [Field]) -> (any Transform)? {
        var copy = self
        copy.leading += 1
        return copy
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let tensor = values[0]
        let shape = try result(tensor.shape.dropFirst(leading).map { $0 })
        return [try tensor.reshaped(to: tensor.shape.prefix(leading) + shape.map { $0 ?? 0 })]
    }
}

/// The sizes of a value.
struct ShapeOf: Transform {
    let key: String
    let outputKey: String
    let dimension: Int?

    var keys: [String] { [key] }
    var label: String { "shape(\(key))" }

    func outputs(of fields: [Field]) throws(ColonnadeError) -> [Field] {
        let rank = fields[0].shape.count
        if let dimension { _ = try Shapes.counted(dimension, of: rank, key) }
        return [Field(outputKey, .int64, dimension == nil ? [rank] : [])]
    }

    func apply(_ values: [Tensor], _ context: StepContext) throws(ColonnadeError) -> [Tensor] {
        let shape = values[0].shape
        guard let dimension else { return [Tensor(shape.map { Int64($0) })] }
        return [Tensor(scalar: Int64(shape[try Shapes.counted(dimension, of: shape.count, key)]))]
    }
}

/// What transforms of shapes have in common.
enum Shapes {
    /// A dimension counted from the front. Throws `invalidArgument` for one that is not there.
    static func counted(_ dimension: Int, of rank: Int, _ key: String) throws(ColonnadeError) -> Int {
        let counted = dimension < 0 ? dimension + rank : dimension
        guard counted >= 0, counted < rank else {
            throw ColonnadeError(
                .invalidArgument, "\"\(key)\" has \(rank) dimensions, and none of number \(dimension)")
        }
        return counted
    }
}
