// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Reads elements of an array from its buffers.
extension ArrowNode {
    /// Returns the bounds of rows: the beginning of each row in `range`, and the end of the last. Checked to increase, from
    /// zero to at most `limit`.
    func ends(_ range: Range<Int>, limit: Int) throws(ColonnadeError) -> [Int] {
        guard !range.isEmpty else { return [0] }
        try checkPlaces(range)
        guard let memory = unsafe buffer(1) else { throw Self.fault("\(type.name) has no offsets") }
        let isLarge = type == .list(isLarge: true) || type.hasLargeEnds
        var ends: [Int] = []
        ends.reserveCapacity(range.count + 1)
        var last = 0
        for place in range.lowerBound...range.upperBound {
            let end =
                isLarge
                ? unsafe Int(memory.loadUnaligned(fromByteOffset: place * 8, as: Int64.self))
                : unsafe Int(memory.loadUnaligned(fromByteOffset: place * 4, as: Int32.self))
            guard end >= last, end <= limit else {
                throw Self.fault("offset \(place) of \(type.name) is \(end), after \(last) and with \(limit) in all")
            }
            ends.append(end)
            last = end
        }
        return ends
    }

    /// Appends bools of a byte each, from bits.
    func appendBits(_ range: Range<Int>, to values: inout [UInt8]) throws(ColonnadeError) {
        try checkPlaces(range)
        guard !range.isEmpty else { return }
        guard let bits = unsafe buffer(1) else { throw Self.fault("bool has no buffer") }
        values.reserveCapacity(values.count + range.count)
        for place in range {
            values.append(unsafe bits.load(fromByteOffset: place >> 3, as: UInt8.self) >> UInt8(place & 7) & 1)
        }
    }

    /// Appends elements as they are.
    func append(_ range: Range<Int>, width: Int, to values: inout [UInt8]) throws(ColonnadeError) {
        unsafe values.append(contentsOf: try elements(range, width: width))
    }

    /// Appends part of the data that the ends of text or bytes are about.
    func appendData(_ bytes: Range<Int>, to values: inout [UInt8]) throws(ColonnadeError) {
        unsafe values.append(contentsOf: try memory(bytes, of: 2))
    }

    /// Returns the integer at a place; nil if it does not fit in an `Int`.
    func integer(_ place: Int, _ dtype: DType) throws(ColonnadeError) -> Int? {
        let element = try unsafe elements(place..<place + 1, width: dtype.size)
        switch dtype {
        case .int8: return unsafe Int(element.load(as: Int8.self))
        case .uint8: return unsafe Int(element.load(as: UInt8.self))
        case .int16: return unsafe Int(element.loadUnaligned(as: Int16.self))
        case .uint16: return unsafe Int(element.loadUnaligned(as: UInt16.self))
        case .int32: return unsafe Int(element.loadUnaligned(as: Int32.self))
        case .uint32: return unsafe Int(element.loadUnaligned(as: UInt32.self))
        case .int64: return unsafe Int(element.loadUnaligned(as: Int64.self))
        case .uint64: return unsafe Int(exactly: element.loadUnaligned(as: UInt64.self))
        default: return nil
        }
    }

    // MARK: Views

    /// Returns the number of bytes of the text or bytes at a place.
    func viewLength(_ place: Int) throws(ColonnadeError) -> Int { try unsafe view(place).count }

    /// Appends the text or bytes there.
    func appendView(_ place: Int, to values: inout [UInt8]) throws(ColonnadeError) {
        unsafe values.append(contentsOf: try view(place))
    }

    private func view(_ place: Int) throws(ColonnadeError) -> UnsafeRawBufferPointer {
        let view = try unsafe elements(place..<place + 1, width: 16)
        let length = unsafe Int(view.loadUnaligned(as: Int32.self))
        guard length >= 0 else { throw Self.fault("a view has a length of \(length)") }
        if length <= 12 { return unsafe UnsafeRawBufferPointer(rebasing: view[4..<4 + length]) }
        let index = unsafe Int(view.loadUnaligned(fromByteOffset: 8, as: Int32.self))
        let start = unsafe Int(view.loadUnaligned(fromByteOffset: 12, as: Int32.self))
        // The buffers of data follow the bits of missing values and the views; the list of their lengths is last.
        let count = bufferCount - 3
        guard index >= 0, index < count, let sizes = unsafe buffer(bufferCount - 1) else {
            throw Self.fault("a view is of buffer \(index), and there are \(count)")
        }
        let size = unsafe Int(sizes.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
        guard start >= 0, size >= 0, length <= size - start else {
            throw Self.fault("a view of \(length) bytes from \(start) on is of a buffer of \(size)")
        }
        return try unsafe memory(start..<start + length, of: 2 + index)
    }

    /// Lends the memory of the batch: elements, if they are aligned, or the data of text or bytes.
    func lent(_ range: Range<Int>, width: Int, alignment: Int) throws(ColonnadeError) -> TensorStorage? {
        let bytes = try unsafe elements(range, width: width)
        guard Int(bitPattern: bytes.baseAddress) % alignment == 0 else { return nil }
        return unsafe storage(bytes)
    }

    func lentData(_ bytes: Range<Int>) throws(ColonnadeError) -> TensorStorage {
        unsafe storage(try memory(bytes, of: 2))
    }
}

extension ArrowType {
    fileprivate var hasLargeEnds: Bool {
        if case .bytes(_, isLarge: true) = self { return true }
        return false
    }
}
