// SPDX-License-Identifier: Apache-2.0

extension [UInt8] {
    @inline(__always)
    mutating func append(contentsOf bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }

    @inline(__always)
    mutating func append<Value: FixedWidthInteger>(littleEndian value: Value) {
        unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe append(contentsOf: $0) }
    }

    @inline(__always)
    func equals(_ bytes: Span<UInt8>) -> Bool { span.equals(bytes) }

    init(_ bytes: Span<UInt8>) {
        self = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    }
}
