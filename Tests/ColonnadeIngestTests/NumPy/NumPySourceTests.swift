// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct NumPySourceTests {
    static func path(_ name: String) -> String { fixture("numpy/\(name)") }

    /// Returns the elements 0 … 29 of a data type, in rows of 6.
    static func counting(_ dtype: DType) -> [[UInt8]] {
        (0..<5).map { row in
            (row * 6..<row * 6 + 6).flatMap { value -> [UInt8] in
                let bits: UInt64 =
                    switch dtype {
                    case .bool: UInt64(value % 2)
                    case .float16: UInt64(HalfFloat.bits(Float(value)))
                    case .float32: UInt64(Float(value).bitPattern)
                    case .float64: Double(value).bitPattern
                    default: UInt64(value)
                    }
                return (0..<dtype.size).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
            }
        }
    }

    static let all = DType.allCases.filter { $0 != .bfloat16 }

    @Test(arguments: all)
    func `every number type in C order`(dtype: DType) throws {
        let source = try NumPySource(path: Self.path("c-\(dtype.name).npy"))
        #expect(source.types == ["c-\(dtype.name) \(dtype.name)[3, 2]"])
        #expect(try rows(of: source).map { $0[0].bytes } == Self.counting(dtype))
    }

    @Test(arguments: all.filter { $0.size > 1 })
    func `every number type in the other byte order`(dtype: DType) throws {
        let source = try NumPySource(path: Self.path("big-\(dtype.name).npy"))
        #expect(try rows(of: source).map { $0[0].bytes } == Self.counting(dtype))
    }

    @Test(arguments: [
        ("fortran-uint8.npy", DType.uint8), ("fortran-int16.npy", .int16), ("fortran-float32.npy", .float32),
        ("fortran-float64.npy", .float64), ("fortran-big-int32.npy", .int32), ("fortran-float64.npy.gz", .float64),
        ("version-2.npy", .float32), ("version-3.npy", .float32), ("c-float32.npy.gz", .float32),
    ])
    func `Fortran order, gzip and the newer versions`(name: String, dtype: DType) throws {
        #expect(try rows(of: try NumPySource(path: Self.path(name))).map { $0[0].bytes } == Self.counting(dtype))
        #expect(try checkSource { try NumPySource(path: Self.path(name)) } == [])
    }

    @Test(arguments: [48, 96, 100, 239])
    func `Fortran order of more data than one block of memory`(block: Int) throws {
        let open = { try NumPySource(path: Self.path("fortran-float64.npy"), fortranBlock: block) }
        #expect(try rows(of: try open()).map { $0[0].bytes } == Self.counting(.float64))
        #expect(try checkSource { try open() } == [])
        let bytes = try contents(Self.path("fortran-float64.npy"))
        try checkTruncations(of: bytes, named: "f.npy") { try NumPySource(path: $0, fortranBlock: block) }
        let packed = #expect(throws: ColonnadeError.self) {
            _ = try NumPySource(path: Self.path("fortran-float64.npy.gz"), fortranBlock: block)
        }
        #expect(packed?.code == .unsupported && packed?.message.contains("ascontiguousarray") == true)
        let wide = #expect(throws: ColonnadeError.self) {
            _ = try NumPySource(path: Self.path("fortran-float64.npy"), fortranBlock: 47)
        }
        #expect(wide?.code == .unsupported)
    }

    @Test func `strings lose their padding`() throws {
        let texts = ["", "a", "grün", "naïve cafés", "seven 🚀"]
        for name in ["text.npy", "text-big.npy", "text-fortran.npy", "bytes.npy"] {
            let source = try NumPySource(path: Self.path(name))
            #expect(source.schema[0].kind == (name == "bytes.npy" ? .bytes : .string))
            #expect(try rows(of: source).map { $0[0].text } == texts)
            #expect(try checkSource { try NumPySource(path: Self.path(name)) } == [])
        }
    }

    @Test func `arrays without rows`() throws {
        let source = try NumPySource(path: Self.path("no-rows.npy"))
        #expect(source.rowCount == 0)
        #expect(try source.nextChunk(rowLimit: 1, byteLimit: 1) == nil)
    }

    @Test(arguments: [
        ("refused-objects.npy", "Python objects"), ("refused-structured.npy", "structured"),
        ("refused-complex.npy", "array.real"), ("refused-longdouble.npy", "float64"),
        ("refused-raw.npy", "bfloat16"), ("refused-one-value.npy", "single value"),
        ("refused-several-strings.npy", "array of its own"),
    ])
    func `types that cannot be a column are refused with a remedy`(name: String, remedy: String) throws {
        let error = #expect(throws: ColonnadeError.self) { _ = try NumPySource(path: Self.path(name)) }
        #expect(error?.code == .invalidSource)
        #expect(error?.description.contains(name) == true)
        #expect(error?.message.contains(remedy) == true, "\(String(describing: error))")
    }

    /// Returns an `.npy` file of version 1.
    static func file(_ descr: String, _ shape: String, _ elements: [UInt8], isFortran: Bool = false) -> [UInt8] {
        let order = isFortran ? "True" : "False"
        let header = Array("{'descr': '\(descr)', 'fortran_order': \(order), 'shape': \(shape), }\n".utf8)
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count), 0] + header + elements
    }

    @Test(arguments: [
        ("float32", DType.float32), ("=f4", .float32), ("f4", .float32), ("f", .float32), ("<f", .float32),
        ("single", .float32), ("float", .float64), ("double", .float64), ("d", .float64), ("e", .float16),
        ("half", .float16), ("?", .bool), ("|?", .bool), ("b1", .bool), ("|b1", .bool), ("bool", .bool),
        ("B", .uint8), ("|u1", .uint8), ("ubyte", .uint8), ("b", .int8), ("i1", .int8), ("byte", .int8), (">B", .uint8),
        ("h", .int16), ("H", .uint16), ("i", .int32), ("I", .uint32), ("l", .int64), ("L", .uint64), ("q", .int64),
        ("Q", .uint64), ("p", .int64), ("int", .int64), ("uint64", .uint64), ("int16", .int16), ("=u2", .uint16),
    ])
    func `every spelling of a type that NumPy reads`(descr: String, dtype: DType) throws {
        let scratch = try Scratch()
        let expected = Self.counting(dtype)
        let path = try scratch.write(Self.file(descr, "(5, 3, 2)", expected.flatMap { $0 }), "a.npy")
        let source = try NumPySource(path: path)
        #expect(source.types == ["a \(dtype.name)[3, 2]"])
        #expect(try rows(of: source).map { $0[0].bytes } == expected)
    }

    @Test(arguments: [
        ("datetime64[D]", "date[d]"), ("datetime64[us]", "timestamp[us]"), ("timedelta64[s]", "duration[s]"),
        ("<M8[s]", "timestamp[s]"),
    ])
    func `times by the names of their types`(descr: String, type: String) throws {
        let scratch = try Scratch()
        let path = try scratch.write(Self.file(descr, "(2,)", [5] + [UInt8](repeating: 0, count: 15)), "a.npy")
        let source = try NumPySource(path: path)
        #expect(source.schema[0].meaning == TimeType(parsing: type).map { Field.Meaning.time($0) })
        #expect(try rows(of: source).map { $0[0].bytes.prefix(1) } == [[5], [0]])
    }

    @Test func `a byte order before one letter, and single bytes`() throws {
        let scratch = try Scratch()
        let big = try scratch.write(Self.file(">h", "(2,)", [0, 1, 2, 3]), "a.npy")
        #expect(try rows(of: try NumPySource(path: big)).map { $0[0].bytes } == [[1, 0], [3, 2]])
        let letters = try scratch.write(Self.file("|c", "(2,)", [65, 0]), "a.npy")
        let source = try NumPySource(path: letters)
        #expect(source.schema[0].kind == .bytes)
        #expect(try rows(of: source).map { $0[0].bytes } == [[65], []])
    }

    @Test(arguments: [
        "<float32", "b2", "u3", "f16", "g", "F", "M8", "M8[Y]", "m8[25s]", "M8[ps]", "datetime64[Y]", "datetime64", "O",
        "V4", "S", "U0", "3f4",
        "f4,i4", "", "<",
    ])
    func `types that NumPy does not read, or that cannot be a column, are refused`(descr: String) throws {
        let scratch = try Scratch()
        let path = try scratch.write(Self.file(descr, "(2,)", [UInt8](repeating: 0, count: 32)), "a.npy")
        let error = #expect(throws: ColonnadeError.self) { _ = try NumPySource(path: path) }
        #expect(error?.code == .invalidSource)
        #expect(error?.message.contains("\"\(descr)\"") == true)
    }

    @Test(arguments: [false, true])
    func `rows without elements`(isFortran: Bool) throws {
        let scratch = try Scratch()
        let path = try scratch.write(Self.file("<f4", "(4, 3, 0)", [], isFortran: isFortran), "a.npy")
        let source = try NumPySource(path: path)
        #expect(source.types == ["a float32[3, 0]"])
        #expect(source.rowCount == 4)
        #expect(try rows(of: source).map { $0[0].bytes } == [[], [], [], []])
        #expect(try checkSource { try NumPySource(path: path) } == [])
        #expect(try rows(of: try NumPySource(path: Self.path("empty-rows.npy"))).count == 3)
    }

    @Test func `the error for a wrong bool names its row`() throws {
        let scratch = try Scratch()
        var bytes = try contents(Self.path("c-bool.npy"))
        bytes[bytes.count - 8] = 7
        let path = try scratch.write(bytes, "b.npy")
        let error = #expect(throws: ColonnadeError.self) { try exhaust(try NumPySource(path: path)) }
        #expect(error?.place == .record(source: path, record: 4, column: "b"))
    }

    @Test func `truncated anywhere, too long, or with changed bytes`() throws {
        for name in ["c-int16.npy", "fortran-int16.npy", "text.npy", "c-float32.npy.gz", "fortran-float64.npy.gz"] {
            let bytes = try contents(Self.path(name))
            try checkTruncations(of: bytes, named: name) { try NumPySource(path: $0) }
            try checkFlips(of: bytes, named: name, count: 300) { try NumPySource(path: $0) }
            let scratch = try Scratch()
            let path = try scratch.write(bytes + [7], name)
            #expect(throws: ColonnadeError.self) { try exhaust(try NumPySource(path: path)) }
        }
    }

    @Test func `damaged headers are refused`() throws {
        let scratch = try Scratch()
        let headers = [
            "", "{", "{}", "7", "{'descr': '<f4', 'fortran_order': False}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
            "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1099511627776, 1099511627776)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} x",
            "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 0)}",
            "{'descr': '<S0', 'fortran_order': False, 'shape': (1000000000000,)}",
            String(repeating: "(", count: 10_000), "{'descr': '", "{'descr': '\\",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (\(String(repeating: "1,", count: 100)))}",
        ]
        for header in headers {
            let bytes: [UInt8] =
                [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
                + Array(header.utf8)
            let path = try scratch.write(bytes, "h.npy")
            let error = #expect(throws: ColonnadeError.self, "\(header.prefix(80))") {
                try exhaust(try NumPySource(path: path))
            }
            #expect(error?.code == .invalidSource)
        }
        let huge = try scratch.write([0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255], "h.npy")
        #expect(throws: ColonnadeError.self) { _ = try NumPySource(path: huge) }
        let version = try scratch.write([0x93] + Array("NUMPY".utf8) + [4, 0, 0, 0, 0, 0], "h.npy")
        let error = #expect(throws: ColonnadeError.self) { _ = try NumPySource(path: version) }
        #expect(error?.code == .unsupported)
    }
}
