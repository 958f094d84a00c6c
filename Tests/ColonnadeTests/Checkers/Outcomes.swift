// SPDX-License-Identifier: Apache-2.0

import Colonnade
import Testing

/// Returns the outcomes of a pass, including errors, and at most `most` of them for streams without an end.
func outcomes(of stream: Colonnade.Stream, most: Int = 5_000) -> [Outcome] { walk(stream, most).outcomes }

/// Returns the outcomes of a pass, and the positions before each and after the last.
func walk(_ stream: Colonnade.Stream, _ most: Int) -> (outcomes: [Outcome], positions: [Position]) {
    var pass = stream.makeIterator()
    var outcomes: [Outcome] = []
    var positions = [pass.position]
    while outcomes.count < most {
        do throws(ColonnadeError) {
            guard let sample = try pass.next() else { break }
            outcomes.append(Outcome(sample))
        } catch {
            outcomes.append(.failure(error))
        }
        positions.append(pass.position)
    }
    return (outcomes, positions)
}

/// Returns all samples of a pass. Throws its first error.
func samples(of stream: Colonnade.Stream, most: Int = 5_000) throws -> [Sample] {
    var pass = stream.makeIterator()
    var samples: [Sample] = []
    while samples.count < most, let sample = try pass.next() { samples.append(sample) }
    return samples
}

/// Returns the integers of a key, item by item.
func numbers(_ stream: Colonnade.Stream, _ key: String, most: Int = 5_000) throws -> [[Int]] {
    try samples(of: stream, most: most).map { try numbers($0.tensor(key)) }
}

/// Returns the scalars of a key, item by item.
func scalars(_ stream: Colonnade.Stream, _ key: String, most: Int = 5_000) throws -> [Int] {
    try numbers(stream, key, most: most).flatMap { $0 }
}

func numbers(_ buffer: Buffer, _ key: String) throws -> [[Int]] {
    try (0..<buffer.count).map { try numbers(buffer[$0].tensor(key)) }
}

func scalars(_ buffer: Buffer, _ key: String) throws -> [Int] { try numbers(buffer, key).flatMap { $0 } }

/// Returns the elements of integers and bools.
func numbers(_ tensor: Tensor) throws -> [Int] {
    func all<Scalar: TensorScalar & BinaryInteger>(_ type: Scalar.Type) throws -> [Int] {
        try tensor.elements(as: type).map { Int(truncatingIfNeeded: $0) }
    }
    switch tensor.dtype {
    case .uint8: return try all(UInt8.self)
    case .int8: return try all(Int8.self)
    case .uint16: return try all(UInt16.self)
    case .int16: return try all(Int16.self)
    case .uint32: return try all(UInt32.self)
    case .int32: return try all(Int32.self)
    case .uint64: return try all(UInt64.self)
    case .int64: return try all(Int64.self)
    case .bool: return try tensor.elements(as: Bool.self).map { $0 ? 1 : 0 }
    default:
        throw ColonnadeError(.invalidArgument, "\(tensor) has no integers")
    }
}

/// Returns the elements of any type as doubles.
func reals(_ tensor: Tensor) throws -> [Double] {
    switch tensor.dtype {
    case .float16:
        let bits = try halfBits(tensor)
        return bits.map { Double(HalfFloat.float(bits: $0)) }
    case .bfloat16: return try tensor.elements(as: BFloat16.self).map { Double($0.floatValue) }
    case .float32: return try tensor.elements(as: Float.self).map { Double($0) }
    case .float64: return try tensor.elements(as: Double.self)
    case .uint64: return try tensor.elements(as: UInt64.self).map { Double($0) }
    default: return try numbers(tensor).map { Double($0) }
    }
}

private func halfBits(_ tensor: Tensor) throws -> [UInt16] {
    let bytes = rawBytes(tensor)
    return stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
}

func rawBytes(_ tensor: Tensor) -> [UInt8] { unsafe tensor.withUnsafeBytes { unsafe Array($0) } }

/// Expects an error with a code, and words that its message contains.
func expectError(
    _ code: ColonnadeError.Code, _ words: String..., at location: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) {
    let error = #expect(throws: ColonnadeError.self, sourceLocation: location) { try body() }
    guard let error else { return }
    #expect(error.code == code, "\(error)", sourceLocation: location)
    for word in words {
        #expect(error.message.contains(word), "\(error.message)", sourceLocation: location)
    }
}

/// Returns all labels of a pass, batch by batch.
func labels(of stream: Colonnade.Stream) throws -> [[Int64]] {
    var result: [[Int64]] = []
    var iterator = stream.makeIterator()
    while let batch = try iterator.next() { result.append(try batch["label"].elements(as: Int64.self)) }
    return result
}
