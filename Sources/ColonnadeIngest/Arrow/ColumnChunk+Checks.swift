// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

extension ColumnChunk {
    /// Returns the first row of text that is not UTF-8 by itself.
    var firstRowNotUTF8: Int? {
        unsafe withUnsafeBytes { bytes in
            let text = unsafe bytes.bindMemory(to: UInt8.self)
            let whole = unsafe text.span
            let isWhole = whole.firstInvalidUTF8 == nil
            if isWhole, !ends.contains(where: { $0 < whole.count && whole[$0] & 0xC0 == 0x80 }) { return nil }
            var start = 0
            return ends.firstIndex { end in
                defer { start = end }
                return whole.extracting(start..<end).firstInvalidUTF8 != nil
            }
        }
    }

    /// The media type of each row of bytes.
    var mediaTypes: [String?] {
        unsafe withUnsafeBytes { bytes in
            let file = unsafe bytes.bindMemory(to: UInt8.self)
            let whole = unsafe file.span
            var start = 0
            return ends.map { end in
                defer { start = end }
                return MediaType.of(whole.extracting(start..<end))
            }
        }
    }

    /// Returns the first integer that is not below `count`. In a signed column -1 is allowed: it means an unknown
    /// class.
    func firstOutside(_ count: Int, _ field: Field) -> (row: Int, value: String)? {
        let bad: (index: Int, value: String)? = unsafe withUnsafeBytes { bytes in
            switch field.dtype {
            case .int8: unsafe bytes.firstOutside(count, as: Int8.self)
            case .int16: unsafe bytes.firstOutside(count, as: Int16.self)
            case .int32: unsafe bytes.firstOutside(count, as: Int32.self)
            case .int64: unsafe bytes.firstOutside(count, as: Int64.self)
            case .uint8: unsafe bytes.firstOutside(count, as: UInt8.self)
            case .uint16: unsafe bytes.firstOutside(count, as: UInt16.self)
            case .uint32: unsafe bytes.firstOutside(count, as: UInt32.self)
            case .uint64: unsafe bytes.firstOutside(count, as: UInt64.self)
            default: nil
            }
        }
        return bad.map { bad in
            let byte = bad.index * field.dtype.size
            let row = field.fixedByteCount.map { byte / max($0, 1) } ?? ends.firstIndex { $0 > byte } ?? 0
            return (row, bad.value)
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func firstOutside<Value: FixedWidthInteger & BitwiseCopyable>(
        _ count: Int, as type: Value.Type
    ) -> (index: Int, value: String)? {
        let size = MemoryLayout<Value>.size
        for index in 0..<self.count / size {
            let value = unsafe loadUnaligned(fromByteOffset: index * size, as: Value.self)
            if value < 0 ? Int64(truncatingIfNeeded: value) != -1 : value >= count { return (index, "\(value)") }
        }
        return nil
    }
}
