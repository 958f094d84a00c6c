// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The open files of a version, by their index: at most a number of them, of which the oldest is closed for a new one.
package struct OpenFiles {
    package private(set) var datasets: [Int: StoredDataset] = [:]
    /// The first damage of a file that was closed. Tensors over it may have been read.
    package private(set) var damage: ColonnadeError?
    /// Whether all files were opened once with full verification.
    package var areVerified = false
    private let limit: Int
    /// The indices of the open files. The oldest one is at `oldest` if there are `limit` of them, otherwise at 0.
    private var order: [Int] = []
    private var oldest = 0

    package init(limit: Int) { self.limit = limit }

    /// Adds a file that is not open. O(1).
    package mutating func insert(_ dataset: StoredDataset, _ index: Int) {
        if order.count < limit {
            order.append(index)
        } else {
            do throws(ColonnadeError) {
                try datasets.removeValue(forKey: order[oldest])?.checkIntact()
            } catch {
                damage = damage ?? error
            }
            order[oldest] = index
            oldest = (oldest + 1) % limit
        }
        datasets[index] = dataset
    }
}
