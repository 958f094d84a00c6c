// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Values of a key for several samples: one tensor where all have one shape, or a tensor each.
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
