// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension Schema {
    /// Returns the column of a key, and `dimension` counted from the front. A negative `dimension` counts from the end.
    func dimension(_ dimension: Int, of key: String) throws(ColonnadeError) -> (column: Int, dimension: Int) {
        let column = try index(of: key)
        let rank = self[column].shape.count
        let counted = dimension < 0 ? dimension + rank : dimension
        guard counted >= 0, counted < rank else {
            throw ColonnadeError(
                .invalidArgument, "\"\(key)\" is \(self[column].typeDescription): it has no dimension \(dimension)")
        }
        return (column, counted)
    }
}
