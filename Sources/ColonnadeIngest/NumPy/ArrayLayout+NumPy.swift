// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension ArrayLayout.Elements {
    /// Returns the elements that a NumPy type string describes, as `numpy.dtype` reads it: `<f8`, `b1`, `?`, `float32`,
    /// `<M8[us]`.
    ///
    /// Returns nil for types that cannot be columns, among them strings of length 0. `l` and `L` have 64 bits, as they do
    /// everywhere but on Windows.
    static func described(by type: String) -> (Self, isBigEndian: Bool)? {
        if let dtype = names[type] { return (.numbers(dtype), false) }
        var code = Substring(type)
        var isBigEndian = false
        if let order = code.first, "<>|=".contains(order) {
            isBigEndian = order == ">"
            code.removeFirst()
        }
        if let dtype = codes[code] { return (.numbers(dtype), isBigEndian && dtype.size > 1) }
        if let times = ArrayTimes(code) { return (.times(times), isBigEndian) }
        if code == "c" { return (.bytes(width: 1), false) }
        guard let size = Int(code.dropFirst()), size > 0 else { return nil }
        switch code.first {
        case "S" where size <= 1 << 40: return (.bytes(width: size), false)
        case "U" where size <= 1 << 38: return (.text(width: 4 * size), isBigEndian)
        default: return nil
        }
    }

    /// Names of types, which have no byte order before them.
    private static let names: [String: DType] = [
        "bool": .bool, "bool_": .bool, "byte": .int8, "ubyte": .uint8, "short": .int16, "ushort": .uint16,
        "intc": .int32, "uintc": .uint32, "int": .int64, "uint": .uint64, "int_": .int64, "long": .int64,
        "ulong": .uint64, "longlong": .int64, "ulonglong": .uint64, "intp": .int64, "uintp": .uint64,
        "int8": .int8, "uint8": .uint8, "int16": .int16, "uint16": .uint16, "int32": .int32, "uint32": .uint32,
        "int64": .int64, "uint64": .uint64, "float16": .float16, "float32": .float32, "float64": .float64,
        "half": .float16, "single": .float32, "double": .float64, "float": .float64,
    ]

    /// A kind and a size in bytes, or one letter.
    private static let codes: [Substring: DType] = [
        "b1": .bool, "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64, "u1": .uint8, "u2": .uint16, "u4": .uint32,
        "u8": .uint64, "f2": .float16, "f4": .float32, "f8": .float64,
        "?": .bool, "b": .int8, "B": .uint8, "h": .int16, "H": .uint16, "i": .int32, "I": .uint32, "l": .int64,
        "L": .uint64, "q": .int64, "Q": .uint64, "p": .int64, "P": .uint64, "n": .int64, "N": .uint64,
        "e": .float16, "f": .float32, "d": .float64,
    ]
}
