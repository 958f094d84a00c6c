// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The sizes of batches of consecutive samples, and the rule by which the values of samples become those of a batch.
struct BatchPlan: Sendable {
    enum Sizes: Sendable {
        case uniform(Int, droppingLast: Bool)
        /// The index of the first sample of each batch, and the end of the last batch.
        case listed(starts: [Int])
    }

    let sizes: Sizes
    /// The padding of ragged values by key; `Field.padding` for keys that are not in it.
    let padding: NameMap<Double>
    /// By key, the existing dimension along which values are joined, instead of stacked along a new one.
    let joining: NameMap<Int>

    /// Throws `unknownKey` for padding or joining of a key that the samples do not have.
    func checkKeys(of schema: Schema) throws(ColonnadeError) {
        for key in padding.names + joining.names { _ = try schema.index(of: key) }
    }

    /// Returns the number of batches of `count` samples.
    func batchCount(of count: Int) -> Int {
        switch sizes {
        case .uniform(let size, let droppingLast):
            droppingLast ? count / size : count / size + (count % size > 0 ? 1 : 0)
        case .listed(let starts): starts.count - 1
        }
    }

    /// Returns the indices of the samples in batch `index`, of `count` samples.
    func indices(ofBatch index: Int, of count: Int) -> Range<Int> {
        switch sizes {
        case .uniform(let size, _): index * size..<index * size + min(size, count - index * size)
        case .listed(let starts): starts[index]..<starts[index + 1]
        }
    }

    /// The number of samples in every batch, except that the last may have fewer; nil where it varies.
    var uniformSize: Int? { if case .uniform(let size, _) = sizes { size } else { nil } }

    /// The number of samples of a full batch. Streams have uniform batches.
    var sizeOrOne: Int { uniformSize ?? 1 }

    var isDroppingLast: Bool { if case .uniform(_, droppingLast: true) = sizes { true } else { false } }

    /// Returns the field of a batch of a field's values. Its leading dimension varies unless all batches are full.
    ///
    /// Throws `invalidArgument` if the plan's padding or joining is impossible for the field.
    func field(_ field: Field) throws(ColonnadeError) -> Field {
        if let value = padding[field.name] { try field.checkPadding(value) }
        if let axis = joining[field.name] {
            let dimension = axis < 0 ? axis + field.shape.count : axis
            guard field.shape.indices.contains(dimension) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(field.name)\" cannot be joined along dimension \(axis): it is \(field.typeDescription)")
            }
            var shape = field.shape
            shape[dimension] = nil
            if case .uniform(let size, droppingLast: true) = sizes, let length = field.shape[dimension] {
                let (product, overflow) = size.multipliedReportingOverflow(by: length)
                shape[dimension] = overflow ? nil : product
            }
            return field.reshaped(to: shape)
        }
        let leading: Int? = if case .uniform(let size, droppingLast: true) = sizes { size } else { nil }
        return field.reshaped(to: [leading] + field.shape)
    }
}

extension Field {
    /// Throws `invalidArgument` unless the number can pad values of the field.
    func checkPadding(_ value: Double) throws(ColonnadeError) {
        var refusal = dtype.refusal(of: value)
        if refusal == nil, kind == .string, value > 127, value != padding {
            refusal = "a byte from 128 to 254 is not UTF-8 by itself"
        }
        guard let refusal else { return }
        throw ColonnadeError(
            .invalidArgument,
            "\"\(name)\" is \(typeDescription) and cannot be padded with \(DType.text(of: value)): \(refusal)")
    }
}
