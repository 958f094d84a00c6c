// SPDX-License-Identifier: Apache-2.0

extension Tensor {
    /// Makes a tensor of an array's values. Traps if the product of the shape is not the number of values. O(n).
    public init<Scalar: TensorScalar>(_ values: [Scalar], shape: [Int]? = nil) {
        let shape = shape ?? [values.count]
        precondition(
            Tensor.elementCount(of: shape) == values.count, "\(values.count) values do not fill the shape \(shape)")
        self = unsafe Tensor(dtype: Scalar.dtype, shape: shape) { memory in
            unsafe values.withUnsafeBytes { unsafe memory.copyMemory(from: $0) }
        }
    }

    /// Makes a scalar tensor.
    public init<Scalar: TensorScalar>(scalar value: Scalar) {
        self.init([value], shape: [])
    }

    /// Makes a tensor of the UTF-8 bytes of a string, as string columns store them.
    public init(utf8 text: String) {
        self.init(Array(text.utf8))
    }

    /// Makes a tensor whose memory `initialize` writes. `initialize` must write all of it.
    @unsafe public init<Failure: Error>(
        dtype: DType, shape: [Int], initializingWith initialize: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let storage = TensorStorage(byteCount: Tensor.elementCount(of: shape) * dtype.size)
        try unsafe initialize(storage.mutableBytes)
        self.init(dtype: dtype, shape: shape, storage: storage)
    }

    /// Returns the elements in an array, row-major. Throws the errors of `withSpan`. O(n).
    public func elements<Scalar: TensorScalar>(as type: Scalar.Type) throws(ColonnadeError) -> [Scalar] {
        try withSpan(as: type) { (span) throws(ColonnadeError) in
            var result: [Scalar] = []
            result.reserveCapacity(span.count)
            for index in span.indices { result.append(span[index]) }
            return result
        }
    }

    /// Returns the only element. Throws the errors of `withSpan`, and `invalidArgument` if the number of elements is
    /// not 1.
    public func item<Scalar: TensorScalar>(as type: Scalar.Type) throws(ColonnadeError) -> Scalar {
        guard count == 1 else {
            throw ColonnadeError(.invalidArgument, "item(as:) needs one element, and \(self) has \(count)")
        }
        return try withSpan(as: type) { (span) throws(ColonnadeError) in span[0] }
    }

    /// Calls `body` with the elements, without a copy. Throws `invalidArgument` if the tensor has another data type,
    /// and `corruptFile` for bools that are neither 0 nor 1, as damaged files have them. Bools are checked first, in
    /// O(n).
    public func withSpan<Scalar: TensorScalar, Result>(
        as type: Scalar.Type, _ body: (Span<Scalar>) throws(ColonnadeError) -> Result
    ) throws(ColonnadeError) -> Result {
        guard Scalar.dtype == dtype else {
            throw ColonnadeError(
                .invalidArgument,
                "the elements are \(dtype.name), not \(Scalar.dtype.name): read them so, or cast first")
        }
        return try unsafe withUnsafeBytes { (bytes) throws(ColonnadeError) in
            // A `Bool` with another byte is undefined behaviour.
            if dtype == .bool, unsafe bytes.contains(where: { $0 > 1 }) {
                throw ColonnadeError(.corruptFile, "an element of this bool tensor is neither 0 nor 1")
            }
            return try unsafe body(bytes.bindMemory(to: Scalar.self).span)
        }
    }

    /// Calls `body` with the bytes of the elements, without a copy.
    public func withBytes<Result, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result
    {
        try unsafe withUnsafeBytes { (bytes) throws(Failure) in try unsafe body(bytes.bytes) }
    }

    /// Calls `body` with the memory of the elements, for C and for kernels.
    @unsafe public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = unsafe UnsafeRawBufferPointer(rebasing: storage.bytes[byteOffset..<byteOffset + byteCount])
        defer { withExtendedLifetime(storage) {} }
        return try unsafe body(bytes)
    }

    /// Returns the text of one row of a string column. Throws `corruptFile` if the bytes are not UTF-8, and
    /// `invalidArgument` if the elements are not bytes.
    public func string() throws(ColonnadeError) -> String {
        let bytes = try elements(as: UInt8.self)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ColonnadeError(.corruptFile, "the bytes of this string are not UTF-8")
        }
        return text
    }

    /// Returns the texts of a batch of strings, row-major. Each text is the bytes along the last dimension, up to the
    /// padding of `Field.padding`.
    ///
    /// Throws `corruptFile` with the index of the text if it is not UTF-8, and `invalidArgument` if the elements are
    /// not bytes. O(n).
    public func strings() throws(ColonnadeError) -> [String] {
        let (length, textCount) = (shape.last ?? count, shape.dropLast().reduce(1, *))
        return try withSpan(as: UInt8.self) { (span) throws(ColonnadeError) in
            try unsafe span.withUnsafeBufferPointer { (bytes) throws(ColonnadeError) in
                var texts: [String] = []
                texts.reserveCapacity(textCount)
                for index in 0..<textCount {
                    let row = unsafe UnsafeBufferPointer(rebasing: bytes[index * length..<(index + 1) * length])
                    let text = unsafe UnsafeBufferPointer(rebasing: row[..<Tensor.endOfText(row)])
                    guard let text = unsafe String(validating: text, as: UTF8.self) else {
                        throw ColonnadeError(.corruptFile, "the bytes of string \(index) of this batch are not UTF-8")
                    }
                    texts.append(text)
                }
                return texts
            }
        }
    }

    /// Returns the index after the last byte that is no padding of texts. Padding is skipped 32 bytes at a time.
    @unsafe private static func endOfText(_ row: UnsafeBufferPointer<UInt8>) -> Int {
        let bytes = UnsafeRawBufferPointer(row)
        var end = row.count
        let padding = SIMD4<UInt64>(repeating: .max)
        while end >= 32, unsafe bytes.loadUnaligned(fromByteOffset: end - 32, as: SIMD4<UInt64>.self) == padding {
            end -= 32
        }
        while end >= 8, unsafe bytes.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self) == .max { end -= 8 }
        while end > 0, unsafe row[end - 1] == 0xFF { end -= 1 }
        return end
    }
}

extension Tensor: Equatable {
    /// Returns whether both tensors have equal data types, shapes and bytes. O(n).
    public static func == (left: Tensor, right: Tensor) -> Bool {
        guard left.dtype == right.dtype, left.shape == right.shape else { return false }
        return unsafe left.withUnsafeBytes { leftBytes in
            unsafe right.withUnsafeBytes { rightBytes in unsafe leftBytes.elementsEqual(rightBytes) }
        }
    }
}
