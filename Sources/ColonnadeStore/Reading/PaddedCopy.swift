// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// Copies a tensor to the origin of a larger one and fills the rest with zeros.
package enum PaddedCopy {
    /// Bytes of one tensor of a batch: no memory has more.
    static let limit = 1 << 36

    /// Bytes of a padded tensor of that shape, rows first.
    ///
    /// Throws `invalidArgument` if they are out of all proportion to the `own` bytes of its rows, which a few hostile
    /// dimensions in a small file can ask for. Padding one dimension makes at most as many times more as there are rows.
    package static func byteCount(
        _ shape: [Int], _ dtype: DType, _ column: String, of own: Int
    ) throws(ColonnadeError) -> Int {
        if let bytes = byteCount(shape, dtype, of: shape[0], own) { return bytes }
        throw ColonnadeError(
            .invalidArgument,
            "column \"\(column)\" padded to \(shape.dropFirst()) is too large for a batch of \(shape[0]): use smaller batches"
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
        let (most, overflow) = own.multipliedReportingOverflow(by: 1024 * max(rowCount, 1))
        return bytes <= min(limit, max(1 << 28, overflow ? limit : most)) ? bytes : nil
    }

    /// - Parameters:
    ///   - source: the elements in `sourceShape`, row-major.
    ///   - target: room for `targetShape`, which has the same rank and no smaller dimension.
    @unsafe package static func copy(
        _ source: UnsafeRawBufferPointer, shape sourceShape: [Int],
        to target: UnsafeMutableRawBufferPointer, shape targetShape: [Int], elementSize: Int
    ) {
        // Dimensions from here inwards are equal, so that many bytes lie together in both.
        var together = sourceShape.count
        var runBytes = elementSize
        while together > 0, sourceShape[together - 1] == targetShape[together - 1] {
            together -= 1
            runBytes *= sourceShape[together]
        }
        if together <= 1 {
            // Whole, or shorter in the outermost dimension alone: one copy, and zeros behind it.
            unsafe target.copyMemory(from: source)
            if source.count < target.count {
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: target[source.count...])
                unsafe rest.initializeMemory(as: UInt8.self, repeating: 0)
            }
            return
        }
        unsafe target.initializeMemory(as: UInt8.self, repeating: 0)
        guard source.count > 0 else { return }
        // A run is a step of the innermost dimension that differs, all of it.
        let inner = together - 1
        let sourceRun = runBytes * sourceShape[inner]
        let targetRun = runBytes * targetShape[inner]
        var index = [Int](repeating: 0, count: inner)
        var from = 0
        while from < source.count {
            var to = 0
            for dimension in 0..<inner { to = to * targetShape[dimension] + index[dimension] }
            let run = unsafe UnsafeRawBufferPointer(rebasing: source[from..<from + sourceRun])
            unsafe UnsafeMutableRawBufferPointer(rebasing: target[(to * targetRun)...]).copyMemory(from: run)
            from += sourceRun
            var dimension = inner - 1
            while dimension >= 0 {
                index[dimension] += 1
                if index[dimension] < sourceShape[dimension] { break }
                index[dimension] = 0
                dimension -= 1
            }
        }
    }
}
