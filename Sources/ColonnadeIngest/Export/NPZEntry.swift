// SPDX-License-Identifier: Apache-2.0

import ColonnadeCodecs
import ColonnadeCore
import ColonnadeStore

/// One array of the archive.
struct NPZEntry {
    let field: Field
    let rowByteCount: Int
    /// The offset of the entry's header in the archive.
    let offset: Int
    /// The offset of the elements.
    let dataStart: Int
    let end: Int
    /// The checksum of the array's header and of the elements that were written so far.
    var checksum: CRC32
    private let name: [UInt8]
    private let arrayHeader: [UInt8]

    init(_ field: Field, rowCount: Int, width: Int, offset: Int) throws(ColonnadeError) {
        // NumPy has no strings without characters.
        let width = max(width, 1)
        let type: String
        switch field.kind {
        case .string: (type, rowByteCount) = ("<U\(width)", 4 * width)
        case .bytes: (type, rowByteCount) = ("|S\(width)", width)
        case .tensor where field.arrayOfTimes != nil:
            guard field.fixedElementCount > 0, !field.isRagged else { throw Self.unwritable(field) }
            (type, rowByteCount) = (field.arrayOfTimes ?? "", 8 * field.fixedElementCount)
        case .tensor:
            guard let bytes = field.fixedByteCount, let name = Self.typeName(field.dtype) else {
                throw Self.unwritable(field)
            }
            (type, rowByteCount) = (name, bytes)
        }
        let shape = field.kind == .tensor ? field.fixedShape ?? [] : []
        let arrayHeader = Self.arrayHeader(type, [rowCount] + shape)
        try Self.checkName(field.name)
        name = Array("\(field.name).npy".utf8)
        guard name.count <= Int(UInt16.max) else {
            throw ColonnadeError(.invalidArgument, "the name \"\(field.name.prefix(40))…\" is too long for an archive")
        }
        var checksum = CRC32()
        checksum.update(arrayHeader.span)
        self.checksum = checksum
        self.arrayHeader = arrayHeader
        self.field = field
        self.offset = offset
        dataStart = offset + 30 + name.count + 20 + arrayHeader.count
        let (bytes, overflow) = rowByteCount.multipliedReportingOverflow(by: rowCount)
        guard !overflow, bytes <= Int.max - dataStart else {
            throw ColonnadeError(.invalidArgument, "column \"\(field.name)\" is too large for an archive")
        }
        end = dataStart + bytes
    }

    private static func unwritable(_ field: Field) -> ColonnadeError {
        ColonnadeError(
            .invalidArgument,
            "column \"\(field.name)\" is \(field.typeDescription), which no array of NumPy holds: "
                + "export JSON Lines (.jsonl), or leave it out (--columns)")
    }

    /// Throws `invalidArgument` for a name that leads out of a folder, since programs that unpack archives use names as paths.
    private static func checkName(_ name: String) throws(ColonnadeError) {
        let parts = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
        // A drive, as in "C:/x".
        let isDrive = parts.count > 1 && parts[0].utf8.count == 2 && parts[0].utf8.last == UInt8(ascii: ":")
        let isSafe =
            !isDrive && !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." }
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        guard isSafe else {
            throw ColonnadeError(
                .invalidArgument,
                "column \"\(name)\" would be a path out of the archive: export JSON Lines (.jsonl), or leave it out "
                    + "(--columns)")
        }
    }

    private static func typeName(_ dtype: DType) -> String? {
        switch dtype {
        case .uint8: "|u1"
        case .int8: "|i1"
        case .bool: "|b1"
        case .uint16: "<u2"
        case .int16: "<i2"
        case .uint32: "<u4"
        case .int32: "<i4"
        case .uint64: "<u8"
        case .int64: "<i8"
        case .float16: "<f2"
        case .float32: "<f4"
        case .float64: "<f8"
        case .bfloat16: nil
        }
    }

    private static func arrayHeader(_ type: String, _ shape: [Int]) -> [UInt8] {
        let dims = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
        var text = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(dims)), }".utf8)
        text += [UInt8](repeating: 0x20, count: (64 - (10 + text.count + 1) % 64) % 64) + [0x0A]
        return NumPyHeader.magic + [1, 0, UInt8(text.count & 0xFF), UInt8(text.count >> 8)] + text
    }

    /// Returns the bytes of the array for these rows.
    func elements(_ column: ColumnChunk, firstRow: Int) throws(ColonnadeError) -> [UInt8] {
        if field.dtype == .int32, field.arrayOfTimes != nil { return Self.widened(column.values) }
        guard field.kind != .tensor else { return column.values }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(column.ends.count * rowByteCount)
        var start = 0
        for (row, end) in column.ends.enumerated() {
            let place = ColonnadeError.Place.row(firstRow + row, column: field.name)
            guard end == start || column.values[end - 1] != 0 else {
                throw ColonnadeError(
                    .invalidArgument,
                    "it ends in a zero, which NumPy would take for padding: export JSON Lines (.jsonl)", at: place)
            }
            let rowEnd = bytes.count + rowByteCount
            if field.kind == .bytes {
                bytes += column.values[start..<end]
            } else {
                guard let text = String(validating: column.values[start..<end], as: UTF8.self) else {
                    throw ColonnadeError(.corruptFile, "the bytes of this string are not UTF-8", at: place)
                }
                for scalar in text.unicodeScalars { bytes.append(littleEndian: scalar.value) }
            }
            precondition(bytes.count <= rowEnd, "a row is longer than was announced")
            bytes += repeatElement(0, count: rowEnd - bytes.count)
            start = end
        }
        return bytes
    }

    /// Returns days of 4 bytes as NumPy stores them, in 8. `NaT` stays `NaT`.
    private static func widened(_ values: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * values.count)
        for start in stride(from: 0, to: values.count, by: 4) {
            let value = TimeCast.element(values, at: start, 4)
            bytes.append(littleEndian: value == Int64(Int32.min) ? Int64.min : value)
        }
        return bytes
    }

    private var byteCount: Int { end - dataStart + arrayHeader.count }

    /// Returns the version, flags (names are UTF-8), method, time and date (midnight of the first day there is), checksum.
    private func common(version: UInt16) -> [UInt8] {
        var bytes: [UInt8] = []
        for value in [version, 0x0800, 0, 0, 0x0021] { bytes.append(littleEndian: value) }
        bytes.append(littleEndian: checksum.value)
        return bytes
    }

    /// Always with 64-bit lengths, as NumPy writes it; the header of the array comes with it.
    var localHeader: [UInt8] {
        var bytes: [UInt8] = [0x50, 0x4B, 3, 4] + common(version: 45)
        bytes += [UInt8](repeating: 0xFF, count: 8)
        bytes.append(littleEndian: UInt16(name.count))
        bytes.append(littleEndian: UInt16(20))
        bytes += name
        bytes.append(littleEndian: UInt16(1))
        bytes.append(littleEndian: UInt16(16))
        bytes.append(littleEndian: UInt64(byteCount))
        bytes.append(littleEndian: UInt64(byteCount))
        return bytes + arrayHeader
    }

    func directoryRecord(forcingWide: Bool) -> [UInt8] {
        let isWide = forcingWide || byteCount >= 0xFFFF_FFFF || offset >= 0xFFFF_FFFF
        var bytes: [UInt8] = [0x50, 0x4B, 1, 2, 45, 3] + common(version: 45)
        for _ in 0..<2 { bytes.append(littleEndian: isWide ? UInt32.max : UInt32(byteCount)) }
        bytes.append(littleEndian: UInt16(name.count))
        bytes.append(littleEndian: UInt16(isWide ? 28 : 0))
        // No comment, first disk, no attributes but that its owner may write and all may read it.
        bytes += [UInt8](repeating: 0, count: 6)
        bytes.append(littleEndian: UInt32(0o100644) << 16)
        bytes.append(littleEndian: isWide ? UInt32.max : UInt32(offset))
        bytes += name
        if isWide {
            bytes.append(littleEndian: UInt16(1))
            bytes.append(littleEndian: UInt16(24))
            for value in [byteCount, byteCount, offset] { bytes.append(littleEndian: UInt64(value)) }
        }
        return bytes
    }
}

extension Field {
    /// NumPy's type of such times, as a type string; nil for all else, and for times of day, of which NumPy has none.
    fileprivate var arrayOfTimes: String? {
        guard let time else { return nil }
        switch time.kind {
        case .date: return time.unit == .days ? "<M8[D]" : "<M8[ms]"
        case .timestamp: return "<M8[\(time.unit.rawValue)]"
        case .duration: return "<m8[\(time.unit.rawValue)]"
        case .time: return nil
        }
    }
}
