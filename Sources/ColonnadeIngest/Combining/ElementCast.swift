// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Checked conversion of elements from one data type to another: a value that would change is an error.
///
/// Integers must fit, and floating-point types must hold them exactly. Floating-point numbers must be whole, and fit, to
/// become integers, and round to the nearest value of a shorter floating-point type, where a finite one must not become
/// infinite. Only 0 and 1 become bool.
struct ElementCast {
    let source: DType
    let target: DType

    /// The element at which a conversion stopped.
    struct Misfit: Equatable {
        /// The index of the element.
        var index: Int
        /// The value as a message shows it.
        var value: String
        /// The reason, for a sentence that begins with the value.
        var reason: String
    }

    /// Elements at a time, so that the numbers between the two types stay in the cache.
    private static let blockSize = 512

    /// Appends all elements of `bytes`, converted. Nil if all fit; else the first that does not.
    func convert(_ bytes: [UInt8], appendingTo output: inout [UInt8]) -> Misfit? {
        let count = bytes.count / source.size
        output.reserveCapacity(output.count + count * target.size)
        let viaDouble = source.isFloatingPoint || source == .uint64 && target.isFloatingPoint
        var integers: [Int64] = []
        var doubles: [Double] = []
        for first in stride(from: 0, to: count, by: Self.blockSize) {
            let range = first..<min(first + Self.blockSize, count)
            let misfit: Misfit?
            if viaDouble {
                doubles.removeAll(keepingCapacity: true)
                load(bytes, range, into: &doubles)
                if source == .uint64, let inexact = range.first(where: { !isExact($0, bytes) }) {
                    return tooLarge(inexact, "\(element(UInt64.self, bytes, inexact))")
                }
                misfit = store(doubles, appendingTo: &output)
            } else {
                integers.removeAll(keepingCapacity: true)
                // A uint64 beyond Int64 fits in no other integer type.
                if let index = load(bytes, range, into: &integers) {
                    return tooLarge(first + index, "\(element(UInt64.self, bytes, first + index))")
                }
                misfit = store(integers, appendingTo: &output)
            }
            if var misfit {
                misfit.index += first
                return misfit
            }
        }
        return nil
    }

    /// Returns the first integer that is not in `range`. The source type must be an integer.
    func firstOutside(_ range: Range<Int>, in bytes: [UInt8]) -> Misfit? {
        let count = bytes.count / source.size
        var numbers: [Int64] = []
        for first in stride(from: 0, to: count, by: Self.blockSize) {
            numbers.removeAll(keepingCapacity: true)
            let large = load(bytes, first..<min(first + Self.blockSize, count), into: &numbers)
            guard let index = numbers.firstIndex(where: { !range.contains(Int($0)) }) else { continue }
            let value = index == large ? "\(element(UInt64.self, bytes, first + index))" : "\(numbers[index])"
            return Misfit(index: first + index, value: value, reason: "")
        }
        return nil
    }

    private func tooLarge(_ index: Int, _ value: String) -> Misfit {
        let range =
            switch target {
            case .bool: "is neither 0 nor 1"
            case .uint8: "is outside 0 … 255"
            case .int8: "is outside -128 … 127"
            case .uint16: "is outside 0 … 65535"
            case .int16: "is outside -32768 … 32767"
            case _ where target.isFloatingPoint && !source.isFloatingPoint:
                "is a whole number that \(target.name) cannot hold exactly"
            default: "is beyond the range of \(target.name)"
            }
        return Misfit(index: index, value: value, reason: range)
    }

    /// Whether a double holds this uint64.
    private func isExact(_ index: Int, _ bytes: [UInt8]) -> Bool {
        Double(exactly: element(UInt64.self, bytes, index)) != nil
    }

    // MARK: Loading

    private func element<Value: BitwiseCopyable>(_ type: Value.Type, _ bytes: [UInt8], _ index: Int) -> Value {
        unsafe bytes.withUnsafeBytes { memory in
            unsafe memory.loadUnaligned(fromByteOffset: index * MemoryLayout<Value>.size, as: type)
        }
    }

    @inline(__always)
    private func each<Value: BitwiseCopyable, Number>(
        _ type: Value.Type, _ bytes: [UInt8], _ range: Range<Int>, into numbers: inout [Number],
        _ convert: (Value) -> Number
    ) {
        precondition(range.upperBound * MemoryLayout<Value>.size <= bytes.count, "the elements must be there")
        unsafe bytes.withUnsafeBytes { memory in
            numbers.append(addingCapacity: range.count) { target in
                for index in range {
                    let offset = index * MemoryLayout<Value>.size
                    target.append(convert(unsafe memory.loadUnaligned(fromByteOffset: offset, as: type)))
                }
            }
        }
    }

    /// Loads integers or decimals, and returns the index, in the range, of the first integer beyond `Int64`.
    private func load(_ bytes: [UInt8], _ range: Range<Int>, into numbers: inout [Int64]) -> Int? {
        var large: Int?
        switch source {
        case .uint8, .bool: each(UInt8.self, bytes, range, into: &numbers) { Int64($0) }
        case .int8: each(Int8.self, bytes, range, into: &numbers) { Int64($0) }
        case .uint16: each(UInt16.self, bytes, range, into: &numbers) { Int64($0) }
        case .int16: each(Int16.self, bytes, range, into: &numbers) { Int64($0) }
        case .uint32: each(UInt32.self, bytes, range, into: &numbers) { Int64($0) }
        case .int32: each(Int32.self, bytes, range, into: &numbers) { Int64($0) }
        case .int64: each(Int64.self, bytes, range, into: &numbers) { $0 }
        case .uint64:
            each(UInt64.self, bytes, range, into: &numbers) { Int64(bitPattern: $0) }
            large = numbers.firstIndex { $0 < 0 }
        case .float16, .bfloat16, .float32, .float64: preconditionFailure("floating-point numbers go via Double")
        }
        return large
    }

    private func load(_ bytes: [UInt8], _ range: Range<Int>, into numbers: inout [Double]) {
        switch source {
        case .float16: each(UInt16.self, bytes, range, into: &numbers) { Double(HalfFloat.float(bits: $0)) }
        case .bfloat16: each(BFloat16.self, bytes, range, into: &numbers) { Double($0.floatValue) }
        case .float32: each(Float.self, bytes, range, into: &numbers) { Double($0) }
        case .float64: each(Double.self, bytes, range, into: &numbers) { $0 }
        case .uint64: each(UInt64.self, bytes, range, into: &numbers) { Double($0) }
        default: preconditionFailure("integers go via Int64")
        }
    }

    // MARK: Storing

    private func store(_ numbers: [Int64], appendingTo output: inout [UInt8]) -> Misfit? {
        switch target {
        case .uint8: return storeExactly(numbers, &output) { UInt8(exactly: $0) }
        case .int8: return storeExactly(numbers, &output) { Int8(exactly: $0) }
        case .uint16: return storeExactly(numbers, &output) { UInt16(exactly: $0) }
        case .int16: return storeExactly(numbers, &output) { Int16(exactly: $0) }
        case .uint32: return storeExactly(numbers, &output) { UInt32(exactly: $0) }
        case .int32: return storeExactly(numbers, &output) { Int32(exactly: $0) }
        case .uint64: return storeExactly(numbers, &output) { UInt64(exactly: $0) }
        case .int64: return storeExactly(numbers, &output) { Int64(exactly: $0) }
        case .bool: return storeExactly(numbers, &output) { $0 & ~1 == 0 ? UInt8($0) : nil }
        case .float64: return storeExactly(numbers, &output) { Double(exactly: $0) }
        case .float32: return storeExactly(numbers, &output) { Float(exactly: $0) }
        case .float16, .bfloat16:
            // Numbers that Double rounds are far beyond those that these types hold exactly.
            return store(numbers.map { Double(exactly: $0) ?? .infinity }, appendingTo: &output).map {
                tooLarge($0.index, "\(numbers[$0.index])")
            }
        }
    }

    /// Converts numbers up to the first for which `convert` returns nil, and appends them.
    @inline(__always)
    private func storeExactly<Number: CustomStringConvertible, Value: BitwiseCopyable>(
        _ numbers: [Number], _ output: inout [UInt8], _ convert: (Number) -> Value?
    ) -> Misfit? {
        var done = 0
        output.append(addingCapacity: numbers.count * MemoryLayout<Value>.size) { target in
            unsafe target.withUnsafeMutableBufferPointer { memory, count in
                let memory = UnsafeMutableRawBufferPointer(memory)
                for number in numbers {
                    guard let value = convert(number) else { break }
                    unsafe memory.storeBytes(of: value, toByteOffset: done * MemoryLayout<Value>.size, as: Value.self)
                    done += 1
                }
                count = done * MemoryLayout<Value>.size
            }
        }
        return done == numbers.count ? nil : tooLarge(done, numbers[done].description)
    }

    /// Whether a number survives: an integer exactly, another one as a finite number.
    private func keeps(_ number: Double, as value: Float) -> Bool {
        source.isFloatingPoint ? value.isFinite || !number.isFinite : value.isFinite && Double(value) == number
    }

    private func store(_ numbers: [Double], appendingTo output: inout [UInt8]) -> Misfit? {
        switch target {
        case .float64: return storeExactly(numbers, &output) { $0 }
        case .float32:
            return storeExactly(numbers, &output) { number -> Float? in
                let value = Float(number)
                return keeps(number, as: value) ? value : nil
            }
        case .float16:
            return storeExactly(numbers, &output) { number -> UInt16? in
                let bits = HalfFloat.bits(number.roundedToOdd)
                return keeps(number, as: HalfFloat.float(bits: bits)) ? bits : nil
            }
        case .bfloat16:
            return storeExactly(numbers, &output) { number -> BFloat16? in
                let value = BFloat16(number.roundedToOdd)
                return keeps(number, as: value.floatValue) ? value : nil
            }
        default:
            // Integers are converted as integers, and each of them must fit.
            var integers: [Int64] = []
            for (index, number) in numbers.enumerated() {
                guard number == number.rounded() else {
                    return Misfit(index: index, value: "\(number)", reason: "is not a whole number")
                }
                if target == .uint64, let value = UInt64(exactly: number), value > UInt64(Int64.max) {
                    integers.append(Int64(truncatingIfNeeded: value))
                } else if let value = Int64(exactly: number), target != .uint64 || value >= 0 {
                    integers.append(value)
                } else {
                    return tooLarge(index, "\(number)")
                }
            }
            return target == .uint64
                ? storeExactly(integers, &output) { $0 } : store(integers, appendingTo: &output)
        }
    }
}
