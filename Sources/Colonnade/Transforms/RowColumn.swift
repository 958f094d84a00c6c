// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The values of a key for several samples: one stacked tensor if all have one shape, or a tensor for each sample.
package enum RowColumn: Sendable {
    case whole(Tensor)
    case rows([Tensor])

    package subscript(row: Int) -> Tensor {
        switch self {
        case .whole(let tensor): tensor[row]
        case .rows(let rows): rows[row]
        }
    }
}
