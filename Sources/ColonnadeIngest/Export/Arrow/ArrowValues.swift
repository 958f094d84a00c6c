// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

/// An array of Arrow before it is lent: buffers in memory of tensors, and children.
struct ArrowValues: Sendable {
    var length: Int
    var nullCount = 0
    /// The buffers of the array's type; nil where one may be left out.
    var buffers: [Tensor?]
    var children: [ArrowValues] = []
    /// The texts that indices refer to.
    var dictionary: [ArrowValues] = []

    /// The bytes of all buffers.
    var byteCount: Int {
        let own = buffers.reduce(0) { $0 + ($1?.byteCount ?? 0) }
        return children.reduce(own) { $0 + $1.byteCount }
    }

    /// Makes the rows of a record batch.
    init(rows: Int, _ columns: [ArrowValues]) {
        length = rows
        buffers = [nil]
        children = columns
    }

    private init(_ length: Int, _ buffers: [Tensor?], _ children: [ArrowValues] = []) {
        self.length = length
        self.buffers = buffers
        self.children = children
    }

    /// Makes an array of single elements, with the values of a tensor of any shape.
    init(elements tensor: Tensor, _ plan: ArrowNodePlan) throws(ColonnadeError) {
        switch plan.kind {
        case .bits: self.init(tensor.count, [nil, try tensor.bits()])
        case .times(let dtype):
            self.init(tensor.count, [nil, tensor])
            let isMissing =
                dtype == .int32 ? try tensor.places(of: Int32.min) : try tensor.places(of: Int64.min)
            note(isMissing)
        case .classes(let names, _):
            self.init(tensor.count, [nil, tensor])
            let (isMissing, indices) = try tensor.classIndices(names.count, plan.name)
            if let indices { buffers[1] = indices }
            note(isMissing)
            dictionary = [ArrowValues(texts: names)]
        default: self.init(tensor.count, [nil, tensor])
        }
    }

    /// Makes an array of texts or bytes.
    ///
    /// - Parameter ends: the end of each of them in the values.
    init(bytes values: Tensor, ends: [Int]) {
        self.init(ends.count, [nil, Tensor(ArrowValues.offsets(ends)), values])
    }

    private init(texts: [String]) {
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for text in texts {
            bytes += text.utf8
            ends.append(bytes.count)
        }
        self.init(bytes: Tensor(bytes), ends: ends)
    }

    /// Makes an array of lists of one size.
    init(fixedLists count: Int, of child: ArrowValues) { self.init(count, [nil], [child]) }

    /// Makes an array of lists of any size.
    init(lists ends: [Int], of child: ArrowValues) {
        self.init(ends.count, [nil, Tensor(ArrowValues.offsets(ends))], [child])
    }

    private static func offsets(_ ends: [Int]) -> [Int64] {
        var offsets: [Int64] = [0]
        offsets.reserveCapacity(ends.count + 1)
        for end in ends { offsets.append(Int64(end)) }
        return offsets
    }

    /// Sets which elements are missing.
    private mutating func note(_ isMissing: [Bool]) {
        guard !isMissing.isEmpty else { return }
        nullCount = isMissing.count { $0 }
        buffers[0] = Tensor(ArrowValues.packed(isMissing.count) { isMissing[$0] ? 0 : 1 })
    }

    /// Returns bits, of which the first is the lowest one of the first byte.
    static func packed(_ count: Int, _ bit: (Int) -> UInt8) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: (count + 7) / 8)
        for index in 0..<count { bytes[index >> 3] |= bit(index) << UInt8(index & 7) }
        return bytes
    }
}

extension Tensor {
    /// Returns bools as bits. Throws `corruptFile` for bytes that are neither 0 nor 1.
    fileprivate func bits() throws(ColonnadeError) -> Tensor {
        try withSpan(as: Bool.self) { (bools) throws(ColonnadeError) in
            Tensor(ArrowValues.packed(bools.count) { bools[$0] ? 1 : 0 })
        }
    }

    /// Returns which elements have a value; an empty array if none has.
    fileprivate func places<Scalar: TensorScalar & Equatable>(of value: Scalar) throws(ColonnadeError) -> [Bool] {
        try withSpan(as: Scalar.self) { (elements) throws(ColonnadeError) in
            guard elements.indices.contains(where: { elements[$0] == value }) else { return [] }
            return elements.indices.map { elements[$0] == value }
        }
    }

    /// Returns which class numbers are -1, an empty array if none is; and the numbers with 0 in place of these, nil if none
    /// is. Throws `corruptFile` for a number that has no name, since consumers trust it.
    fileprivate func classIndices(
        _ count: Int, _ name: String
    ) throws(ColonnadeError) -> (isMissing: [Bool], indices: Tensor?) {
        switch dtype {
        case .uint8: try classIndices(UInt8.self, count, name)
        case .int8: try classIndices(Int8.self, count, name)
        case .uint16: try classIndices(UInt16.self, count, name)
        case .int16: try classIndices(Int16.self, count, name)
        case .uint32: try classIndices(UInt32.self, count, name)
        case .int32: try classIndices(Int32.self, count, name)
        case .uint64: try classIndices(UInt64.self, count, name)
        default: try classIndices(Int64.self, count, name)
        }
    }

    private func classIndices<Scalar: TensorScalar & FixedWidthInteger>(
        _ type: Scalar.Type, _ count: Int, _ name: String
    ) throws(ColonnadeError) -> (isMissing: [Bool], indices: Tensor?) {
        try withSpan(as: type) { (numbers) throws(ColonnadeError) in
            let none: Scalar? = Scalar.isSigned ? Scalar(truncatingIfNeeded: -1) : nil
            var hasNone = false
            for index in numbers.indices {
                if numbers[index] == none {
                    hasNone = true
                } else if !(0..<count ~= Int(clamping: numbers[index])) {
                    throw ColonnadeError(
                        .corruptFile,
                        "\(numbers[index]) is out of range for \(count) labels (0..<\(count)) of \"\(name)\": drop the class names "
                            + "with a cast to float, or repair the file")
                }
            }
            guard hasNone else { return ([], nil) }
            let isMissing = numbers.indices.map { numbers[$0] == none }
            return (isMissing, Tensor(numbers.indices.map { isMissing[$0] ? 0 : numbers[$0] }, shape: shape))
        }
    }
}
