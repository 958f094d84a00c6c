// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Gives the elements of a value another shape.
struct Reshape: Transform {
    enum Kind: Sendable {
        case shape([Int])
        /// The dimensions to remove, counted from the front, each once.
        case squeeze([Int])
        case split(Int)
    }

    let key: String
    let kind: Kind
    /// The number of leading dimensions that stay: 1 for stacked samples.
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
        // A text has one dimension, which varies, so a squeeze changes nothing.
        if case .squeeze(let dimensions) = kind, dimensions.isEmpty { return fields }
        if field.kind != .tensor { field = Field(key, .uint8, field.shape) }
        field.shape = try result(field.shape)
        let keepsRank = field.shape.count == fields[0].shape.count
        if case .shape = kind { field.channelPlace = nil }
        if !keepsRank, field.channelPlace != nil {
            field.channelPlace = ChannelPlace.ofUnknownChange(toRank: field.shape.count)
        }
        return [field]
    }

    /// Returns the shape of the result for a shape in which dimensions may vary.
    private func result(_ shape: [Int?]) throws(ColonnadeError) -> [Int?] {
        switch kind {
        case .shape(let target):
            guard target.allSatisfy({ $0 >= -1 }), target.count(where: { $0 == -1 }) <= 1 else {
                throw ColonnadeError(
                    .invalidArgument, "\(target) is no shape: at most one dimension may be -1, and none may be less")
            }
            if shape.contains(nil) { return target.map { $0 == -1 ? nil : $0 } }
            let count = Tensor.checkedElementCount(of: shape.map { $0 ?? 0 }) ?? 0
            let known = target.filter { $0 != -1 }
            guard let product = Tensor.checkedElementCount(of: known),
                target.contains(-1) ? (product > 0 && count % product == 0) : product == count
            else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(key)\" has \(count) elements of shape \(shape.map { $0 ?? 0 }), which cannot take shape \(target)"
                )
            }
            return target.map { $0 == -1 ? count / product : $0 }
        case .squeeze(let dimensions):
            var result = shape
            for dimension in dimensions.sorted(by: >) {
                guard result[dimension] == 1 else {
                    throw ColonnadeError(
                        .invalidArgument,
                        "dimension \(dimension) of \"\(key)\" is \(result[dimension].map(String.init) ?? "of varying size"), and only 1 can be squeezed away"
                    )
                }
                result.remove(at: dimension)
            }
            return result
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

    func stacked(_ fields: [Field]) -> (any Transform)? {
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
