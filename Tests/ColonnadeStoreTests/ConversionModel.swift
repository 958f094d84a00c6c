// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore
import ColonnadeStoreTestSupport

/// A conversion as a simple loop, for comparison with the kernel.
struct ConversionModel {
    let source: DType
    let target: DType
    let scales: [Double]
    let offsets: [Double]?
    let inner: Int

    init(_ source: DType, _ target: DType, scales: [Double] = [], offsets: [Double]? = nil, inner: Int = 1) {
        self.source = source
        self.target = target
        self.scales = scales
        self.offsets = scales.isEmpty ? nil : offsets
        self.inner = inner
    }

    /// Calls `body` with the conversion in the form of the kernels.
    func withConversion(_ body: (UnsafePointer<colonnade_conversion>) -> Void) {
        let narrow = scales.map { Float($0) }
        let narrowOffsets = offsets?.map { Float($0) } ?? [0]
        unsafe narrow.withUnsafeBufferPointer { narrow in
            unsafe narrowOffsets.withUnsafeBufferPointer { narrowOffsets in
                unsafe scales.withUnsafeBufferPointer { wide in
                    unsafe (offsets ?? [0]).withUnsafeBufferPointer { wideOffsets in
                        var conversion = unsafe colonnade_conversion(
                            source: source.rawValue, target: target.rawValue, channels: scales.count, inner: inner,
                            scales: narrow.baseAddress, offsets: offsets == nil ? nil : narrowOffsets.baseAddress,
                            wide_scales: wide.baseAddress, wide_offsets: offsets == nil ? nil : wideOffsets.baseAddress)
                        unsafe body(&conversion)
                    }
                }
            }
        }
    }

    /// Returns the result of the kernel for a row. Both row and result begin `shift` bytes after an aligned address.
    /// Checks that the kernel writes to no other bytes.
    func run(_ row: [UInt8], shift: Int = 0, isPortable: Bool = false) -> [UInt8] {
        let count = row.count / source.size
        let length = count * target.size
        let moved = [UInt8](repeating: 0, count: shift) + row + [0]
        var result = [UInt8](repeating: 0xEE, count: shift + length + 8)
        unsafe withConversion { conversion in
            unsafe moved.withUnsafeBytes { from in
                unsafe result.withUnsafeMutableBytes { to in
                    let convert = unsafe isPortable ? colonnade_convert_elements_portable : colonnade_convert_elements
                    unsafe convert(conversion, to.baseAddress! + shift, from.baseAddress! + shift, count)
                }
            }
        }
        precondition(result[..<shift].allSatisfy { $0 == 0xEE } && result.suffix(8).allSatisfy { $0 == 0xEE })
        return Array(result[shift..<shift + length])
    }

    /// Returns a description of the first difference between `result` and the expected row, or nil. All NaNs are equal.
    func firstDifference(_ row: [UInt8], _ result: [UInt8]) -> String? {
        for (index, element) in elementList(row, source).enumerated() {
            let own = Array(result[index * target.size..<(index + 1) * target.size])
            let isRight =
                if let expected = expected(element, index) { own == expected } else {
                    if case .floating(let value) = elementList(own, target)[0] { value.isNaN } else { false }
                }
            if !isRight { return "\(element) \(source) to \(target) at \(index) gave \(own)" }
        }
        return nil
    }

    /// Returns the converted element, or nil for any NaN.
    private func expected(_ element: Element, _ index: Int) -> [UInt8]? {
        let channel = scales.isEmpty ? 0 : index / inner % scales.count
        switch target {
        case .float16, .bfloat16, .float32:
            if scales.isEmpty, source == .float64, target != .float32 { return half(Self.wide(element)) }
            // The value is rounded to the nearest float, then multiplied, then the offset is added.
            var value: Float
            switch element {
            case .signed(let whole): value = Float(whole)
            case .unsigned(let whole): value = Float(whole)
            case .floating(let wide): value = Float(wide)
            case .bool(let isTrue): value = isTrue ? 1 : 0
            }
            if !scales.isEmpty { value *= Float(scales[channel]) }
            if let offsets { value += Float(offsets[channel]) }
            if value.isNaN { return nil }
            if target == .float32 { return Self.bytes(UInt64(value.bitPattern), 4) }
            let bits = target == .float16 ? Float16(value).bitPattern : BFloat16(value).bitPattern
            return Self.bytes(UInt64(bits), 2)
        case .float64:
            var value = Self.wide(element)
            if !scales.isEmpty { value *= scales[channel] }
            if let offsets { value += offsets[channel] }
            return value.isNaN ? nil : Self.bytes(value.bitPattern, 8)
        case .bool: return [Self.wide(element) == 0 ? 0 : 1]
        default: return integer(element)
        }
    }

    /// Returns the bytes of a double that is rounded once to the target type.
    private func half(_ value: Double) -> [UInt8]? {
        if value.isNaN { return nil }
        if target == .float16 { return Self.bytes(UInt64(Float16(value).bitPattern), 2) }
        // The candidates are three consecutive numbers, where infinity follows the largest one. Of two equally near,
        // the even one wins.
        let near = Int(BFloat16(Float(value)).bitPattern & 0x7FFF)
        let candidates = [near, max(near - 1, 0), min(near + 1, 0x7F80)].map { bits in
            let magnitude = bits == 0x7F80 ? 0x1p128 : Double(Float(bitPattern: UInt32(bits) << 16))
            return (bits: bits, distance: abs(magnitude - min(value.magnitude, 0x1p128)))
        }
        let best = candidates.min { ($0.distance, $0.bits & 1) < ($1.distance, $1.bits & 1) }!
        return Self.bytes(UInt64(best.bits | (value.sign == .minus ? 0x8000 : 0)), 2)
    }

    private func integer(_ element: Element) -> [UInt8] {
        let size = target.size
        switch element {
        case .signed(let value): return Self.bytes(UInt64(bitPattern: value), size)
        case .unsigned(let value): return Self.bytes(value, size)
        case .bool(let value): return Self.bytes(value ? 1 : 0, size)
        case .floating(let value):
            func clamped<Integer: FixedWidthInteger>(_ type: Integer.Type) -> [UInt8] {
                let whole = value.isNaN ? 0 : value.rounded(.towardZero)
                let result = Integer(exactly: whole) ?? (whole < 0 ? Integer.min : Integer.max)
                return Self.bytes(UInt64(truncatingIfNeeded: result), size)
            }
            switch target {
            case .uint8: return clamped(UInt8.self)
            case .int8: return clamped(Int8.self)
            case .uint16: return clamped(UInt16.self)
            case .int16: return clamped(Int16.self)
            case .uint32: return clamped(UInt32.self)
            case .int32: return clamped(Int32.self)
            case .uint64: return clamped(UInt64.self)
            default: return clamped(Int64.self)
            }
        }
    }

    static func bytes(_ bits: UInt64, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    }

    static func wide(_ element: Element) -> Double {
        switch element {
        case .signed(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .floating(let value): value
        case .bool(let value): value ? 1 : 0
        }
    }
}
