// SPDX-License-Identifier: Apache-2.0

/// Moves elements within bytes, where safe code would be several times slower.
enum ElementBytes {
    /// Turns big-endian elements of `size` bytes into little-endian ones, or back, from `start` on.
    static func swap(_ bytes: inout [UInt8], from start: Int, size: Int) {
        precondition((bytes.count - start) % size == 0, "the bytes must be whole elements")
        unsafe bytes.withUnsafeMutableBytes { memory in
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start...])
            switch size {
            case 2: unsafe swap(part, as: UInt16.self)
            case 4: unsafe swap(part, as: UInt32.self)
            case 8: unsafe swap(part, as: UInt64.self)
            default: precondition(size == 1, "elements have 1, 2, 4 or 8 bytes")
            }
        }
    }

    private static func swap<Word: FixedWidthInteger & BitwiseCopyable>(
        _ memory: UnsafeMutableRawBufferPointer, as type: Word.Type
    ) {
        for offset in stride(from: 0, to: memory.count, by: MemoryLayout<Word>.size) {
            let word = unsafe memory.loadUnaligned(fromByteOffset: offset, as: Word.self)
            unsafe memory.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: Word.self)
        }
    }

    /// Appends rows `rows` of a block in Fortran order to `output`, in C order.
    ///
    /// The block has `blockRows` rows whose inner dimensions are `rowShape`: for each element within a row, with the first
    /// index running fastest, the elements of all its rows.
    static func appendRows(
        _ rows: Range<Int>, ofFortranBlock block: [UInt8], blockRows: Int, rowShape: [Int], size: Int,
        to output: inout [UInt8]
    ) {
        let elements = rowShape.reduce(1, *)
        precondition(block.count == blockRows * elements * size, "the block must be whole")
        precondition(rows.lowerBound >= 0 && rows.upperBound <= blockRows, "the rows must be in the block")
        let byteCount = rows.count * elements * size
        guard byteCount > 0 else { return }
        unsafe block.withUnsafeBytes { source in
            output.append(addingCapacity: byteCount) { target in
                unsafe target.withUnsafeMutableBufferPointer { memory, count in
                    unsafe transpose(
                        source, UnsafeMutableRawBufferPointer(memory), rows, blockRows: blockRows, rowShape: rowShape,
                        size: size)
                    count = byteCount
                }
            }
        }
    }

    /// A few rows at a time, so that the lines of cache that are written stay in it.
    private static let rowsAtOnce = 32

    private static func transpose(
        _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer, _ rows: Range<Int>, blockRows: Int,
        rowShape: [Int], size: Int
    ) {
        let elements = rowShape.reduce(1, *)
        let rowBytes = elements * size
        for first in stride(from: rows.lowerBound, to: rows.upperBound, by: rowsAtOnce) {
            let end = min(first + rowsAtOnce, rows.upperBound)
            var indices = Array(repeating: 0, count: rowShape.count)
            for element in 0..<elements {
                let from = (element * blockRows + first) * size
                let to = (first - rows.lowerBound) * rowBytes + rowMajorIndex(indices, rowShape) * size
                switch size {
                case 1: unsafe scatter(UInt8.self, source, from, target, to, rowBytes, end - first)
                case 2: unsafe scatter(UInt16.self, source, from, target, to, rowBytes, end - first)
                case 4: unsafe scatter(UInt32.self, source, from, target, to, rowBytes, end - first)
                case 8: unsafe scatter(UInt64.self, source, from, target, to, rowBytes, end - first)
                default:
                    for row in 0..<end - first {
                        unsafe UnsafeMutableRawBufferPointer(rebasing: target[(to + row * rowBytes)...]).copyMemory(
                            from: UnsafeRawBufferPointer(rebasing: source[from + row * size..<from + (row + 1) * size]))
                    }
                }
                advance(&indices, rowShape)
            }
        }
    }

    private static func scatter<Word: BitwiseCopyable>(
        _ type: Word.Type, _ source: UnsafeRawBufferPointer, _ from: Int, _ target: UnsafeMutableRawBufferPointer,
        _ to: Int, _ step: Int, _ count: Int
    ) {
        for row in 0..<count {
            let word = unsafe source.loadUnaligned(fromByteOffset: from + row * MemoryLayout<Word>.size, as: Word.self)
            unsafe target.storeBytes(of: word, toByteOffset: to + row * step, as: Word.self)
        }
    }

    /// Advances to the next indices, of which the first runs fastest.
    private static func advance(_ indices: inout [Int], _ shape: [Int]) {
        for axis in shape.indices {
            indices[axis] += 1
            if indices[axis] < shape[axis] { return }
            indices[axis] = 0
        }
    }

    private static func rowMajorIndex(_ indices: [Int], _ shape: [Int]) -> Int {
        var index = 0
        for axis in shape.indices { index = index * shape[axis] + indices[axis] }
        return index
    }
}
