// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeIngest
import ColonnadeStore
import Testing

@Suite struct IngestorTests {
    static let images = IDXSourceTests.images
    static let labels = IDXSourceTests.labels

    /// Returns all rows of a data set.
    static func stored(_ path: String) throws -> (schema: Schema, chunk: RecordChunk) {
        let dataset = try StoredDataset(path: path, verification: .onFirstTouch)
        return (dataset.schema, try dataset.chunk(rows: 0..<dataset.rowCount, columns: Array(0..<dataset.schema.count)))
    }

    @Test func `images and labels become one data set`() throws {
        let scratch = try Scratch()
        let ingestor = try Ingestor(paths: [Self.images, Self.labels])
        #expect(ingestor.plan.schema.map(\.description) == ["image uint8[28, 28]", "label uint8[]"])
        #expect(ingestor.plan.rowCount == 1000)
        #expect(ingestor.plan.groups == [["image"], ["label"]])
        var calls = 0
        let summary = try ingestor.write(to: scratch.path("f.colonnade")) { rows, bytes in
            calls += 1
            return bytes == rows * 785
        }
        #expect(summary.rowCount == 1000 && calls > 0)
        let (schema, chunk) = try Self.stored(scratch.path("f.colonnade"))
        #expect(schema.names == ["image", "label"])
        let source = try IDXSource(path: Self.images)
        #expect(chunk.columns[0] == (try source.nextChunk(rowLimit: .max, byteLimit: .max))?.columns[0])
    }

    @Test func `options reach sources, columns and file`() throws {
        let scratch = try Scratch()
        try scratch.write(Array("zero\r\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine".utf8), "names.txt")
        var options = IngestOptions()
        options.columns = ["y=label", "image"]
        options.types = ["label": RequestedType(.int64), "image": RequestedType(.float32, shape: [784])]
        options.labels = ["y": scratch.path("names.txt")]
        options.writer.codecs = ["image": .zlib]
        options.writer.metadata = ["origin": "Zalando"]
        let ingestor = try Ingestor(paths: [Self.images, Self.labels], options: options)
        #expect(ingestor.plan.reasons.contains("y: int64[], as asked for"))
        _ = try ingestor.write(to: scratch.path("f.colonnade"))
        let dataset = try StoredDataset(path: scratch.path("f.colonnade"))
        #expect(dataset.schema.map(\.description) == ["y int64[]", "image float32[784]"])
        guard case .classLabels(let names)? = dataset.schema[0].meaning else {
            Issue.record("there are no labels")
            return
        }
        #expect(names.count == 10 && names[0] == "zero" && names[9] == "nine")
        #expect(dataset.metadata.map(\.value) == ["Zalando"])
    }

    @Test func `misspelt options are reported before anything is read`() throws {
        let options: [(inout IngestOptions) -> Void] = [
            { $0.types = ["lable": RequestedType(.int8)] }, { $0.fills = ["lable": "0"] }, { $0.columns = ["lable"] },
            { $0.labels = ["lable": Self.labels] }, { $0.writer.codecs = ["lable": .zlib] },
        ]
        for change in options {
            var options = IngestOptions()
            change(&options)
            #expect(throws: ColonnadeError.self) {
                _ = try Ingestor(paths: [Self.images, Self.labels], options: options).plan
            }
        }
        #expect(throws: ColonnadeError.self) { _ = try Ingestor(paths: []).plan }
    }

    @Test func `an error or a cancellation leaves no file, or the old one`() throws {
        let scratch = try Scratch()
        let target = try scratch.write([1, 2, 3], "f.colonnade")
        let refused = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [Self.images]).write(to: target)
        }
        #expect(refused?.code == .fileExists)
        var options = IngestOptions()
        options.writer.replacing = true
        let cancelled = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [Self.images], options: options).write(to: target) { _, _ in false }
        }
        #expect(cancelled?.code == .cancelled)
        options.types = ["image": RequestedType(.int8)]
        let late = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [Self.images], options: options).write(to: target)
        }
        #expect(late?.code == .invalidSource)
        #expect(throws: ColonnadeError.self) { try Ingestor(paths: [Self.images], options: options).rehearse() }
        #expect(scratch.names == ["f.colonnade"])
        #expect(try contents(target) == [1, 2, 3])
    }

    @Test func `rows are appended if their columns are those of the data set`() throws {
        let scratch = try Scratch()
        let target = scratch.path("f.colonnade")
        _ = try Ingestor(paths: [Self.labels, Self.images]).write(to: target)
        let summary = try Ingestor(paths: [Self.images, Self.labels], appendingTo: target).append()
        #expect(summary.rowCount == 2000)
        let (schema, chunk) = try Self.stored(target)
        #expect(schema.names == ["label", "image"])
        #expect(chunk.columns[0].values.prefix(1000) == chunk.columns[0].values.suffix(1000))
        let error = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [NumPySourceTests.path("c-int8.npy")], appendingTo: target).plan
        }
        #expect(error?.message.contains("\"label\" (uint8[]) is only in") == true)
        #expect(error?.message.contains("\"c-int8\" (int8[3, 2]) is only in") == true)
    }

    /// The types that can be appended to a column, by the type of the column.
    private static let holds = [
        "int8": ["int8"], "uint8": ["uint8"], "int64": ["int8", "uint8", "int64"],
        "uint64": ["int8", "uint8", "int64", "uint64"], "float16": ["int8", "uint8", "float16"],
        "float32": ["int8", "uint8", "float16", "float32"],
        "float64": ["int8", "uint8", "int64", "uint64", "float16", "float32", "float64"],
    ]

    @Test(arguments: holds.keys.sorted())
    func `appended arrays are widened to the types of the data set, and not narrowed`(name: String) throws {
        let scratch = try Scratch()
        let target = scratch.path("f.colonnade")
        func array(_ type: String) throws -> String {
            try scratch.write(contents(NumPySourceTests.path("c-\(type).npy")), "x.npy")
        }
        for other in Self.holds.keys.sorted() {
            var options = IngestOptions()
            options.writer.replacing = true
            _ = try Ingestor(paths: [array(name)], options: options).write(to: target)
            let more = try array(other)
            guard Self.holds[name]?.contains(other) == true else {
                let error = #expect(throws: ColonnadeError.self) {
                    _ = try Ingestor(paths: [more], appendingTo: target).plan
                }
                let types = "\"x\" is \(name)[3, 2] in \(target) and \(other)[3, 2] in \(more)"
                #expect(error?.message.contains(types) == true, "\(error?.message ?? "")")
                continue
            }
            #expect(try Ingestor(paths: [more], appendingTo: target).append().rowCount == 10)
            let (schema, chunk) = try Self.stored(target)
            #expect(schema[0].dtype.name == name)
            let bytes = chunk.columns[0].values
            #expect(bytes.prefix(bytes.count / 2) == bytes.suffix(bytes.count / 2))
        }
    }

    @Test func `appended text gets the types and labels of the data set`() throws {
        let scratch = try Scratch()
        let target = scratch.path("t.colonnade")
        let first = try scratch.write(Array("x,y,s\n1,0,7\n2,1,8\n".utf8), "a.csv")
        try scratch.write(Array("no\nyes\n".utf8), "names")
        var options = IngestOptions()
        options.types = ["x": RequestedType(.float32), "y": RequestedType(.uint8), "s": .string]
        options.labels = ["y": scratch.path("names")]
        _ = try Ingestor(paths: [first], options: options).write(to: target)
        let more = try scratch.write(Array("s,y,x\n9,1,3\n".utf8), "b.csv")
        #expect(try Ingestor(paths: [more], appendingTo: target).append().rowCount == 3)
        let (_, chunk) = try Self.stored(target)
        #expect(chunk.columns[0].values == bytes(Float(1), 2, 3))
        #expect(chunk.columns[1].values == [0, 1, 1] && chunk.columns[2].values == Array("789".utf8))
        let bad = try scratch.write(Array("x,y,s\n1,2,\n".utf8), "c.csv")
        let error = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [bad], appendingTo: target).append()
        }
        #expect(error?.message.contains("2 is out of range for") == true)
        let lacking = try scratch.write(Array("x,y\n1,1\n".utf8), "d.csv")
        let missing = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [lacking], appendingTo: target).plan
        }
        #expect(missing?.message.contains("\"s\" (string) is only in") == true)
        #expect(try StoredDataset(path: target).rowCount == 3)
    }

    @Test func `an option for types applies to the text file that has the column`() throws {
        let scratch = try Scratch()
        let a = try scratch.write(Array("x\n1\n2\n".utf8), "a.csv")
        let b = try scratch.write(Array("y,p0,p1\n3,5,6\n4,7,8\n".utf8), "b.csv")
        var options = IngestOptions()
        options.types = [
            "x": RequestedType(.int8), "y": RequestedType(.float32), "p": RequestedType(.int16, shape: [2, 1]),
        ]
        options.text.vectors = [VectorColumn(name: "p", first: "p0", last: "p1")]
        let ingestor = try Ingestor(paths: [a, b], options: options)
        #expect(ingestor.plan.schema.map(\.description) == ["x int8[]", "y float32[]", "p int16[2, 1]"])
        #expect(ingestor.plan.groups == [["x", "y", "p"]])
    }

    @Test func `a data set is no source, and a file is no folder`() throws {
        let scratch = try Scratch()
        let rows = try scratch.write(Array("x,y\n1,2\n".utf8), "rows.csv")
        for target in [scratch.path("one"), scratch.path("many") + "/"] {
            _ = try Ingestor(paths: [rows]).write(to: target)
            let error = #expect(throws: ColonnadeError.self) { _ = try Ingestor(paths: [target]) }
            #expect(error?.code == .unsupported && error?.message.contains("open it") == true)
            // An append has the layout of the data set.
            #expect(try Ingestor(paths: [rows], appendingTo: target).plan.groups == [])
        }
        let error = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [rows]).write(to: scratch.path("one") + "/")
        }
        #expect(error?.code == .fileNotFound && error?.message.contains("is no folder") == true)
        let other = #expect(throws: ColonnadeError.self) {
            _ = try Ingestor(paths: [rows]).write(to: scratch.path("no/many") + "/")
        }
        #expect(other?.code == .fileNotFound && other?.message.hasSuffix("/no)") == true)
    }
}
