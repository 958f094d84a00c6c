// SPDX-License-Identifier: Apache-2.0

import CArrow
import ColonnadeCore

/// One array of a batch. Its structure is checked as far as the C interface allows, which gives the number of buffers but not
/// their lengths.
///
/// An element is named by its place in the buffers, which is its index plus `offset`.
@safe
struct ArrowNode {
    let type: ArrowType
    let offset: Int
    let length: Int
    /// The number of nulls; nil if the producer has not counted them.
    private let nullCount: Int?
    private let array: UnsafePointer<ArrowArray>
    /// The owner that keeps the memory alive.
    private let owner: ArrowBatch

    /// The places of the elements.
    var places: Range<Int> { offset..<offset + length }

    init(
        _ array: UnsafePointer<ArrowArray>?, _ type: ArrowType, children: Int, hasDictionary: Bool = false,
        owner: ArrowBatch
    ) throws(ColonnadeError) {
        guard let array = unsafe array else { throw Self.fault("an array is missing") }
        let raw = unsafe array.pointee
        guard unsafe raw.release != nil else { throw Self.fault("an array is released already") }
        // With 2^48 elements, no computed size overflows.
        guard unsafe raw.length >= 0, unsafe raw.offset >= 0, unsafe raw.length < 1 << 48, unsafe raw.offset < 1 << 48
        else { throw Self.fault("an array has a length of \(unsafe raw.length) from \(unsafe raw.offset) on") }
        guard unsafe raw.null_count >= -1, unsafe raw.null_count <= raw.length else {
            throw Self.fault("\(unsafe raw.null_count) of \(unsafe raw.length) values are missing")
        }
        let buffers = unsafe raw.n_buffers
        guard type.bufferCount.map({ $0 == buffers }) ?? (buffers >= 3 && buffers < 1 << 31) else {
            throw Self.fault("\(type.name) has \(buffers) buffers")
        }
        guard unsafe raw.buffers != nil, unsafe raw.n_children == children, unsafe children == 0 || raw.children != nil
        else {
            throw Self.fault("\(type.name) has \(unsafe raw.n_children) children instead of \(children), or no buffers")
        }
        guard unsafe (raw.dictionary != nil) == hasDictionary else {
            throw Self.fault("the schema and the array do not agree on whether there is a dictionary")
        }
        unsafe self.array = unsafe array
        self.type = type
        self.owner = owner
        offset = unsafe Int(raw.offset)
        length = unsafe Int(raw.length)
        nullCount = unsafe raw.null_count < 0 ? nil : Int(raw.null_count)
        if let nullCount, nullCount > 0, unsafe raw.buffers[0] == nil {
            throw Self.fault("\(nullCount) values are missing, and nothing tells which")
        }
    }

    static func fault(_ message: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, "an Arrow batch cannot be: \(message); this is a defect of what made it")
    }

    /// Returns a child that has at least `count` elements.
    func child(
        _ index: Int, _ type: ArrowType, children: Int, hasDictionary: Bool, atLeast count: Int
    ) throws(ColonnadeError) -> ArrowNode {
        let child = try unsafe ArrowNode(
            array.pointee.children[index], type, children: children, hasDictionary: hasDictionary, owner: owner)
        guard child.length >= count else {
            throw Self.fault("a child has \(child.length) of \(count) elements")
        }
        return child
    }

    /// Returns the values that indices stand for.
    func dictionary(_ type: ArrowType) throws(ColonnadeError) -> ArrowNode {
        try unsafe ArrowNode(array.pointee.dictionary, type, children: 0, owner: owner)
    }

    func buffer(_ index: Int) -> UnsafeRawPointer? { unsafe array.pointee.buffers[index] }

    var bufferCount: Int { unsafe Int(array.pointee.n_buffers) }

    // MARK: Missing values

    var mayHaveNulls: Bool { unsafe nullCount != 0 && buffer(0) != nil }

    func isNull(_ place: Int) -> Bool {
        guard mayHaveNulls, let bits = unsafe buffer(0) else { return false }
        precondition(places.contains(place), "the element must exist")
        return unsafe bits.load(fromByteOffset: place >> 3, as: UInt8.self) >> UInt8(place & 7) & 1 == 0
    }

    /// Returns the first missing value in a range. O(places / 64).
    func firstNull(in range: Range<Int>) -> Int? {
        guard mayHaveNulls, !range.isEmpty, let bits = unsafe buffer(0) else { return nil }
        precondition(
            places.contains(range.lowerBound) && range.upperBound <= places.upperBound, "the array has no such elements"
        )
        var place = range.lowerBound
        while place < range.upperBound {
            if place & 7 == 0, range.upperBound - place >= 64,
                unsafe bits.loadUnaligned(fromByteOffset: place >> 3, as: UInt64.self) == .max
            {
                place += 64
                continue
            }
            if unsafe bits.load(fromByteOffset: place >> 3, as: UInt8.self) >> UInt8(place & 7) & 1 == 0 {
                return place
            }
            place += 1
        }
        return nil
    }

    // MARK: Memory

    /// Returns the bytes of elements of `width` bytes each.
    func elements(_ range: Range<Int>, width: Int) throws(ColonnadeError) -> UnsafeRawBufferPointer {
        try checkPlaces(range)
        let (end, overflow) = range.upperBound.multipliedReportingOverflow(by: width)
        guard !overflow else { throw Self.fault("\(range.upperBound) elements of \(width) bytes do not fit in memory") }
        return try unsafe memory(range.lowerBound * width..<end, of: 1)
    }

    /// Returns part of a buffer. Throws if there is no buffer, and the part is not empty.
    func memory(_ bytes: Range<Int>, of index: Int) throws(ColonnadeError) -> UnsafeRawBufferPointer {
        guard !bytes.isEmpty else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        guard let start = unsafe buffer(index) else {
            throw Self.fault("\(type.name) has no buffer where \(bytes.count) bytes should be")
        }
        return unsafe UnsafeRawBufferPointer(start: start + bytes.lowerBound, count: bytes.count)
    }

    /// Returns bytes of the batch as storage that keeps the batch alive.
    func storage(_ bytes: UnsafeRawBufferPointer) -> TensorStorage {
        unsafe TensorStorage(borrowing: bytes, owner: owner)
    }

    func checkPlaces(_ range: Range<Int>) throws(ColonnadeError) {
        guard range.isEmpty || range.lowerBound >= offset && range.upperBound <= offset + length else {
            throw Self.fault("elements \(range) are not among the \(length) of \(type.name)")
        }
    }
}

extension ArrowType {
    /// Nil for any number from 3 on.
    fileprivate var bufferCount: Int? {
        switch self {
        case .numbers, .times, .bits, .fixedBytes, .list: 2
        case .bytes: 3
        case .views: nil
        case .fixedList, .structure: 1
        case .refused: 0
        }
    }
}
