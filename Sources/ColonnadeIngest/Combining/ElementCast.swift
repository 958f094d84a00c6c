// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Checked conversion of elements from one data type to another: what would not survive is not converted. ◆
///
/// Integers must fit; floating-point numbers must be whole, and fit, to become integers, and round to the nearest value of a
/// shorter floating-point type, where a finite one must not become infinite. Only 0 and 1 become bool.
struct ElementCast {
    let source: DType
    let target: DType

    /// Where a conversion stopped.
    struct Misfit: Equatable {
        /// Which element.
        var index: Int
        /// As a message shows it.
        var value: String
        /// In a sentence after the value.
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
                misfit = store(doubles, appendingTo: &output)
            } else {
                integers.removeAll(keepingCapacity: true)
                // Of uint64, a number beyond Int64 fits in no other integer type.
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

    /// The first integer that is not in `range`. The source type must be an integer.
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
            default: "is beyond the range of \(target.name)"
            }
        return Misfit(index: index, value: value, reason: range)
    }

    // MARK: Loading

    private func element<Value: BitwiseCopyable>(_ type: Value.Type, _ bytes: [UInt8], _ index: Int) -> Value {
        unsafe bytes.withUnsafeBytes { memory in
            unsafe memory.loadUnaligned(fromByteOffset: index * MemoryLayout<Value>.size, as: type)
        }
    }

    private func each<Value: BitwiseCopyable>(
        _ type: Value.Type, _ bytes: [UInt8], _ range: Range<Int>, _ body: (Value) -> Void
    ) {
        precondition(range.upperBound * MemoryLayout<Value>.size <= bytes.count, "the elements must be there")
        unsafe bytes.withUnsafeBytes { memory in
            for index in range {
                body(unsafe memory.loadUnaligned(fromByteOffset: index * MemoryLayout<Value>.size, as: type))
            }
        }
    }

    /// The index, in the range, of the first that is beyond `Int64`.
    private func load(_ bytes: [UInt8], _ range: Range<Int>, into numbers: inout [Int64]) -> Int? {
        var large: Int?
        switch source {
        case .uint8, .bool: each(UInt8.self, bytes, range) { numbers.append(Int64($0)) }
        case .int8: each(Int8.self, bytes, range) { numbers.append(Int64($0)) }
        case .uint16: each(UInt16.self, bytes, range) { numbers.append(Int64($0)) }
        case .int16: each(Int16.self, bytes, range) { numbers.append(Int64($0)) }
        case .uint32: each(UInt32.self, bytes, range) { numbers.append(Int64($0)) }
        case .int32: each(Int32.self, bytes, range) { numbers.append(Int64($0)) }
        case .int64: each(Int64.self, bytes, range) { numbers.append($0) }
        case .uint64:
            each(UInt64.self, bytes, range) {
                if $0 > UInt64(Int64.max), large == nil { large = numbers.count }
                numbers.append(Int64(truncatingIfNeeded: $0))
            }
        case .float16, .bfloat16, .float32, .float64: preconditionFailure("floating-point numbers go via Double")
        }
        return large
    }

    private func load(_ bytes: [UInt8], _ range: Range<Int>, into numbers: inout [Double]) {
        switch source {
        case .float16: each(UInt16.self, bytes, range) { numbers.append(Double(HalfFloat.float(bits: $0))) }
        case .bfloat16: each(BFloat16.self, bytes, range) { numbers.append(Double($0.floatValue)) }
        case .float32: each(Float.self, bytes, range) { numbers.append(Double($0)) }
        case .float64: each(Double.self, bytes, range) { numbers.append($0) }
        case .uint64: each(UInt64.self, bytes, range) { numbers.append(Double($0)) }
        default: preconditionFailure("integers go via Int64")
        }
    }

    // MARK: Storing

    private func store(_ numbers: [Int64], appendingTo output: inout [UInt8]) -> Misfit? {
        switch target {
        case .uint8: return storeExactly(UInt8.self, numbers, &output)
        case .int8: return storeExactly(Int8.self, numbers, &output)
        case .uint16: return storeExactly(UInt16.self, numbers, &output)
        case .int16: return storeExactly(Int16.self, numbers, &output)
        case .uint32: return storeExactly(UInt32.self, numbers, &output)
        case .int32: return storeExactly(Int32.self, numbers, &output)
        case .uint64: return storeExactly(UInt64.self, numbers, &output)
        case .int64: return storeExactly(Int64.self, numbers, &output)
        case .bool:
            for (index, number) in numbers.enumerated() {
                guard number == 0 || number == 1 else { return tooLarge(index, "\(number)") }
                output.append(UInt8(number))
            }
        case .float64: for number in numbers { output.append(littleEndian: Double(number).bitPattern) }
        case .float32: for number in numbers { output.append(littleEndian: Float(number).bitPattern) }
        case .float16, .bfloat16: return store(numbers.map { Double($0) }, appendingTo: &output)
        }
        return nil
    }

    private func storeExactly<Value: FixedWidthInteger>(
        _ type: Value.Type, _ numbers: [Int64], _ output: inout [UInt8]
    ) -> Misfit? {
        for (index, number) in numbers.enumerated() {
            guard let value = Value(exactly: number) else { return tooLarge(index, "\(number)") }
            output.append(littleEndian: value)
        }
        return nil
    }

    private func store(_ numbers: [Double], appendingTo output: inout [UInt8]) -> Misfit? {
        switch target {
        case .float64: for number in numbers { output.append(littleEndian: number.bitPattern) }
        case .float32, .float16, .bfloat16:
            for (index, number) in numbers.enumerated() {
                let isInfinite: Bool
                switch target {
                case .float32:
                    let value = Float(number)
                    isInfinite = value.isInfinite
                    output.append(littleEndian: value.bitPattern)
                case .float16:
                    let bits = HalfFloat.bits(number.roundedToOdd)
                    isInfinite = bits & 0x7FFF == 0x7C00
                    output.append(littleEndian: bits)
                default:
                    let value = BFloat16(number.roundedToOdd)
                    isInfinite = value.floatValue.isInfinite
                    output.append(littleEndian: value.bitPattern)
                }
                if isInfinite, number.isFinite { return tooLarge(index, "\(number)") }
            }
        default:
            // As integers, if they are some; each of them then must fit.
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
            if target == .uint64 {
                for number in integers { output.append(littleEndian: number) }
                return nil
            }
            return store(integers, appendingTo: &output)
        }
        return nil
    }
}
