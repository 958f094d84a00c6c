// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeIngest
import Testing

@Suite struct ArrayFileTests {
    private func names(_ names: [String]) throws -> Buffer {
        let schema = try Schema([Field("x", kind: .string)])
        return try Buffer(names.map { Sample(schema: schema, tensors: [Tensor(utf8: $0)]) })
    }

    @Test(arguments: NumPySourceTests.all)
    func `every number type in both byte orders`(dtype: DType) throws {
        let expected = NumPySourceTests.counting(dtype).flatMap { $0 }
        for name in ["c-\(dtype.name).npy"] + (dtype.size > 1 ? ["big-\(dtype.name).npy"] : []) {
            let path = NumPySourceTests.path(name)
            let loaded = try names([path]).loadingArray("x")
            #expect(loaded.schema[0].dtype == dtype && loaded.schema[0].shape == [nil, nil, nil])
            let tensor = try loaded[0]["x"]
            #expect(tensor.shape == [5, 3, 2] && tensor.rawBytes == expected)
            let decoded = try names([path]).loadingFile("x").decodingArray("x", as: "y")
            #expect(try decoded[0]["y"] == tensor)
            // Memory of others may be at any address.
            let contents = try Buffer(columns: ["x": Tensor(try contents(path), shape: [1, contents(path).count])])
            #expect(try contents.decodingArray("x")[0]["x"] == tensor)
        }
    }

    @Test(arguments: [
        ("fortran-uint8.npy", DType.uint8), ("fortran-int16.npy", .int16), ("fortran-float32.npy", .float32),
        ("fortran-float64.npy", .float64), ("fortran-big-int32.npy", .int32), ("version-2.npy", .float32),
        ("version-3.npy", .float32),
    ])
    func `Fortran order and the newer versions`(name: String, dtype: DType) throws {
        let loaded = try names([name]).loadingArray("x", folder: NumPySourceTests.path(""), to: dtype, rank: 3)
        #expect(try loaded[0]["x"].rawBytes == NumPySourceTests.counting(dtype).flatMap { $0 })
    }

    @Test func `damaged and other files name row, key and file`() throws {
        let scratch = try Scratch()
        let whole = try contents(NumPySourceTests.path("c-int16.npy"))
        for end in whole.indices {
            let path = try scratch.write(Array(whole[..<end]), "cut.npy")
            let error = #expect(throws: ColonnadeError.self) {
                try names([path]).loadingArray("x", to: .int16, rank: 3)[0]
            }
            #expect(error?.description.hasPrefix("row 0, key \"x\": \(path)") == true, "\(String(describing: error))")
        }
        for (text, words) in [
            ("plain text", "numpy.save"), ("", "it is empty"),
        ] {
            let path = try scratch.write(Array(text.utf8), "other.npy")
            let error = #expect(throws: ColonnadeError.self) { try names([path]).loadingArray("x") }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        }
        try scratch.write(whole + [0], "long.npy")
        let loaded = try names(["long.npy", "none.npy", ".", "/etc/passwd", "c-int16.npy", "c-uint8.npy"]).loadingArray(
            "x", folder: scratch.folder, to: .int16, rank: 3)
        try scratch.write(whole, "c-int16.npy")
        try scratch.write(try contents(NumPySourceTests.path("c-uint8.npy")), "c-uint8.npy")
        let found = outcomes(of: loaded.stream())
        #expect(
            found[0].contains(
                "row 0, key \"x\": \(scratch.folder)/long.npy: its header says int16[5, 3, 2], and 61 bytes"))
        #expect(found[1].contains("none.npy: no such file"))
        #expect(found[2].contains("outside of the folder"))
        #expect(found[3].contains("outside of the folder"))
        #expect(found[4].hasPrefix("x="))
        #expect(
            found[5].contains("its array is uint8[5, 3, 2], and those of other samples are int16 with 3 dimensions"))
        #expect(throws: ColonnadeError.self) { try names(["a"]).prefix(0).loadingArray("x") }
        #expect(try names(["a"]).prefix(0).loadingArray("x", to: .int8, rank: 2).count == 0)
        #expect(throws: ColonnadeError.self) { try names(["a"]).loadingArray("x", to: .int8, rank: 33) }
        for name in ["text.npy", "times.npy", "bytes.npy", "refused-objects.npy", "refused-structured.npy"] {
            let error = #expect(throws: ColonnadeError.self) {
                try names([NumPySourceTests.path(name)]).loadingArray("x")
            }
            #expect(error?.code == .invalidSource && error?.description.contains(name) == true)
        }
    }
}
