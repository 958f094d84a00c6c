// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// The header of an `.npy` file, versions 1 to 3: a dictionary in Python's notation.
struct NumPyHeader {
    let layout: ArrayLayout
    /// Bytes from the start of the file to the first element.
    let byteCount: Int

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// Far more than NumPy writes for anything that can be a column.
    private static let longest = 1 << 20

    /// Reads the header from the front of `stream`, which stands at the first element afterwards.
    ///
    /// - Parameters:
    ///   - stream: the bytes, from the front of the file.
    ///   - source: the name of the file in messages.
    ///   - remedy: what to do with a file of another format.
    /// - Throws: `invalidSource` for other bytes, and, with a remedy, for element types that cannot be columns.
    init<Bytes: ByteSource & ~Copyable>(
        _ stream: inout Bytes, source: String, remedy: String = "name its format (--format)"
    ) throws(ColonnadeError) {
        func failure(_ message: String) -> ColonnadeError {
            ColonnadeError(.invalidSource, message, at: .file(source))
        }
        var lead: [UInt8] = []
        try stream.read(upTo: 8, appendingTo: &lead)
        guard lead.count == 8, lead.starts(with: Self.magic) else {
            throw failure(
                lead.isEmpty
                    ? "it is empty, and not an .npy file: save it with numpy.save"
                    : "it is not an .npy file: it does not start with \\x93NUMPY; \(remedy)")
        }
        let version = lead[6]
        guard (1...3).contains(version), lead[7] == 0 else {
            throw ColonnadeError(
                .unsupported, "it has version \(version).\(lead[7]) of the .npy format, and 1.0, 2.0 and 3.0 are known",
                at: .file(source))
        }
        let width = version == 1 ? 2 : 4
        var sizeBytes: [UInt8] = []
        try stream.read(upTo: width, appendingTo: &sizeBytes)
        let length = sizeBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard sizeBytes.count == width, length <= Self.longest else {
            throw failure("the length of its header is missing or beyond reason (\(length) bytes): it is damaged")
        }
        var text: [UInt8] = []
        try stream.read(upTo: length, appendingTo: &text)
        guard text.count == length else {
            throw failure("its header ends after \(text.count) of \(length) bytes: it is truncated, get it again")
        }
        byteCount = 8 + width + length
        // Versions 1 and 2 are Latin-1 and 3 is UTF-8; they differ only in the names of structured types.
        guard case .dictionary(let entries)? = PythonLiteral(parsing: text) else {
            throw failure("its header is not a Python dictionary: it is damaged")
        }
        guard case .some(.bool(let isFortranOrder)) = entries["fortran_order"],
            case .some(.tuple(let dims)) = entries["shape"], let descr = entries["descr"]
        else {
            throw failure("its header lacks descr, fortran_order or shape: it is damaged")
        }
        var shape: [Int] = []
        for dim in dims {
            guard case .integer(let size) = dim, size >= 0 else {
                throw failure("a dimension in its header is not a size: it is damaged")
            }
            shape.append(size)
        }
        guard case .string(let type) = descr else {
            throw failure(
                "its elements are structured (several fields each): save each field as an array of its own, "
                    + "numpy.savez(file, **{name: array[name] for name in array.dtype.names})")
        }
        let (elements, isBigEndian) = try Self.elements(type, source)
        layout = ArrayLayout(
            elements: elements, isBigEndian: isBigEndian, isFortranOrder: isFortranOrder, shape: shape)
    }

    private static func elements(
        _ type: String, _ source: String
    ) throws(ColonnadeError) -> (ArrayLayout.Elements, isBigEndian: Bool) {
        guard let elements = ArrayLayout.Elements.described(by: type) else {
            throw ColonnadeError(
                .invalidSource, "its elements are of type \"\(type.prefix(40))\": \(remedy(type))", at: .file(source))
        }
        return elements
    }

    private static func remedy(_ type: String) -> String {
        let name = type.hasPrefix("datetime64") ? "M8" : type.hasPrefix("timedelta64") ? "m8" : type
        return switch name.first(where: { !"<>|=".contains($0) }) {
        case "O":
            "Python objects, which only Python can load. Save array.astype(a number type) or array.astype(str), "
                + "or write JSON Lines"
        case "c", "F", "D", "G": "complex numbers. Save numpy.stack([array.real, array.imag], -1)"
        case "M": "times of a unit that no column has. Save array.astype('datetime64[ns]'), or [D] for years and months"
        case "m": "durations of a unit that no column has. Save array.astype('timedelta64[ns]')"
        case "f", "g": "a float wider than 64 bits. Save array.astype('float64')"
        case "V":
            "raw or structured. Save each field as an array of its own, bfloat16 as array.astype('float32'), and raw "
                + "bytes as array.view('uint8')"
        case "S", "U": "strings of length 0. Leave the array out, or save strings with a character"
        default: "it is not known here. Save array.astype('float64'), or another plain type"
        }
    }
}
