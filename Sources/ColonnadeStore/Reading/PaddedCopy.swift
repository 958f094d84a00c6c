// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Copies a tensor into a larger one.
package enum PaddedCopy {
    /// Bytes of one tensor of a batch: no memory has more.
    package static let limit = 1 << 36

    /// Bytes of a padded tensor of that shape, rows first.
    ///
    /// Throws `invalidArgument` if they are out of all proportion to the `own` bytes of its rows, which a few hostile
    /// dimensions in a small file can ask for. Padding one dimension makes at most as many times more as there are rows.
    package static func byteCount(
        _ shape: [Int], _ dtype: DType, _ column: String, of own: Int, rows: Int? = nil
    ) throws(ColonnadeError) -> Int {
        if let bytes = byteCount(shape, dtype, of: rows ?? shape[0], own) { return bytes }
        throw ColonnadeError(
            .invalidArgument,
            "column \"\(column)\" padded to \(shape.dropFirst()) is too large for a batch of \(rows ?? shape[0]): use smaller batches"
        )
    }

    private static func byteCount(_ shape: [Int], _ dtype: DType, of rowCount: Int, _ own: Int) -> Int? {
        // A zero is counted as one, so that the product overflows in no order.
        var counted = dtype.size
        for dim in shape {
            let (product, overflow) = counted.multipliedReportingOverflow(by: max(dim, 1))
            if overflow { return nil }
            counted = product
        }
        let bytes = shape.contains(0) ? 0 : counted
        let most = own.saturatingProduct(max(rowCount, 1).saturatingProduct(1024))
        return bytes <= min(limit, max(1 << 28, most)) ? bytes : nil
    }

    /// Copies a tensor to a place in a larger one, and leaves the rest as it is.
    ///
    /// - Parameters:
    ///   - source: the elements in `shape`, row-major.
    ///   - target: the memory of all of `targetShape`, which has the same rank.
    ///   - origin: where the first element goes; from there on the source fits in the target.
    @unsafe package static func place(
        _ source: UnsafeRawBufferPointer, shape: [Int], in target: UnsafeMutableRawBufferPointer,
        shape targetShape: [Int],
        at origin: [Int], elementSize: Int
    ) {
        forEachRun(of: shape, in: targetShape, at: origin, elementSize) { from, to, count in
            let piece = unsafe UnsafeRawBufferPointer(rebasing: source[from..<from + count])
            unsafe UnsafeMutableRawBufferPointer(rebasing: target[to..<to + count]).copyMemory(from: piece)
        }
    }

    /// The opposite: copies the part of a tensor that begins at `origin` and has the shape of the target.
    @unsafe package static func extract(
        _ source: UnsafeRawBufferPointer, shape: [Int], at origin: [Int], to target: UnsafeMutableRawBufferPointer,
        shape targetShape: [Int], elementSize: Int
    ) {
        forEachRun(of: targetShape, in: shape, at: origin, elementSize) { to, from, count in
            let piece = unsafe UnsafeRawBufferPointer(rebasing: source[from..<from + count])
            unsafe UnsafeMutableRawBufferPointer(rebasing: target[to..<to + count]).copyMemory(from: piece)
        }
    }

    /// The bytes of a small tensor in a large one, as runs that lie together in both.
    private static func forEachRun(
        of small: [Int], in large: [Int], at origin: [Int], _ elementSize: Int, _ body: (Int, Int, Int) -> Void
    ) {
        guard !small.contains(0) else { return }
        // Dimensions from here inwards are equal.
        var together = small.count
        var stepBytes = elementSize
        while together > 0, small[together - 1] == large[together - 1] {
            together -= 1
            stepBytes *= small[together]
        }
        // A run is a step of the innermost dimension that differs, all of it.
        let inner = max(together - 1, 0)
        let run = together > 0 ? stepBytes * small[inner] : stepBytes
        let runs = small[..<inner].reduce(1, *)
        var index = [Int](repeating: 0, count: inner)
        for number in 0..<runs {
            var place = 0
            for dimension in 0..<together {
                place = place * large[dimension] + origin[dimension] + (dimension < inner ? index[dimension] : 0)
            }
            body(number * run, place * stepBytes, run)
            var dimension = inner - 1
            while dimension >= 0 {
                index[dimension] += 1
                if index[dimension] < small[dimension] { break }
                index[dimension] = 0
                dimension -= 1
            }
        }
    }

    /// Copies a tensor to the origin of a larger one, and fills the rest.
    @unsafe package static func copy(
        _ source: UnsafeRawBufferPointer, shape: [Int], to target: UnsafeMutableRawBufferPointer,
        shape targetShape: [Int],
        filling: Filling
    ) {
        let isPrefix = shape.dropFirst() == targetShape.dropFirst()
        unsafe filling.fill(
            UnsafeMutableRawBufferPointer(rebasing: target[(isPrefix ? min(source.count, target.count) : 0)...]))
        unsafe place(
            source, shape: shape, in: target, shape: targetShape, at: [Int](repeating: 0, count: shape.count),
            elementSize: filling.dtype.size)
    }
}
