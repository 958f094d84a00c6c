// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The contents of one value slot of a frame.
enum SlotValue {
    /// The slot is not computed yet.
    case empty
    /// The values of all samples in one tensor, stacked along a leading dimension.
    case stacked(Tensor)
    /// The value of each sample in a tensor of its own.
    case rows([Tensor])
    /// The value of the batch, after the values of its samples were put together.
    case batch(Tensor)

    init(_ column: RowColumn) {
        switch column {
        case .whole(let tensor): self = .stacked(tensor)
        case .rows(let tensors): self = .rows(tensors)
        }
    }

    /// The tensor that holds the values of all samples; nil where there is none.
    var stacked: Tensor? { if case .stacked(let tensor) = self { tensor } else { nil } }

    /// Returns the value of one sample. Traps for a slot that does not hold samples.
    subscript(row index: Int) -> Tensor {
        switch self {
        case .stacked(let tensor): return tensor[index]
        case .rows(let tensors): return tensors[index]
        case .empty: preconditionFailure("a slot is read before it is written")
        case .batch: preconditionFailure("a sample is read out of a batch")
        }
    }

    /// Returns the values of `count` samples. Traps for a slot that does not hold samples.
    func rows(_ count: Int) -> [Tensor] {
        if case .rows(let tensors) = self { return tensors }
        return (0..<count).map { self[row: $0] }
    }
}
