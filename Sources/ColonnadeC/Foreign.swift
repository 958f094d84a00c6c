// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeIngest

/// Something of the other language that is let go of once.
@safe
final class ForeignOwner: @unchecked Sendable {
    let context: UnsafeMutableRawPointer?
    private let release: @convention(c) (UnsafeMutableRawPointer?) -> Void

    init(_ context: UnsafeMutableRawPointer?, _ release: @escaping @convention(c) (UnsafeMutableRawPointer?) -> Void) {
        unsafe self.context = context
        unsafe self.release = release
    }

    deinit { unsafe release(context) }
}

/// Columns in memory of the other language.
enum ForeignColumn {
    static func read(
        _ column: colonnade_column, count: Int, _ owner: ForeignOwner
    ) throws(ColonnadeError) -> (Field, RowColumn) {
        let field = try unsafe Field(column.field)
        if let data = unsafe column.data {
            guard let shape = field.fixedShape, let elements = Tensor.checkedElementCount(of: [count] + shape) else {
                throw ColonnadeError(
                    .invalidArgument,
                    "\"\(field.name)\" is \(field.typeDescription): rows in one piece have a fixed shape")
            }
            let bytes = unsafe UnsafeRawBufferPointer(start: data, count: elements * field.dtype.size)
            return (field, .whole(try unsafe tensor(field, [count] + shape, bytes, owner)))
        }
        guard let rows = unsafe column.rows else {
            throw ColonnadeError(
                .invalidArgument, "\"\(field.name)\" has neither its rows in one piece nor each by itself")
        }
        var tensors: [Tensor] = []
        tensors.reserveCapacity(count)
        let fixed = field.fixedShape
        let rank = field.shape.count
        for row in 0..<count {
            let shape: [Int]
            if let shapes = unsafe column.shapes {
                shape = (0..<rank).map { unsafe Int(shapes[row * rank + $0]) }
            } else if let fixed {
                shape = fixed
            } else {
                throw ColonnadeError(
                    .invalidArgument, "\"\(field.name)\" is \(field.typeDescription): its rows need shapes")
            }
            guard let elements = Tensor.checkedElementCount(of: shape) else {
                throw ColonnadeError(
                    .invalidArgument, "\(shape) is not a shape", at: .row(row, column: field.name))
            }
            let bytes = unsafe UnsafeRawBufferPointer(start: rows[row], count: elements * field.dtype.size)
            tensors.append(try unsafe tensor(field, shape, bytes, owner))
        }
        return (field, .rows(tensors))
    }

    /// A view, or a copy of what is not aligned.
    private static func tensor(
        _ field: Field, _ shape: [Int], _ bytes: UnsafeRawBufferPointer, _ owner: ForeignOwner
    ) throws(ColonnadeError) -> Tensor {
        guard Int(bitPattern: bytes.baseAddress) % field.dtype.size == 0 else {
            return unsafe Tensor(dtype: field.dtype, shape: shape) { unsafe $0.copyMemory(from: bytes) }
        }
        return unsafe Tensor(
            dtype: field.dtype, shape: shape, storage: TensorStorage(borrowing: bytes, owner: owner))
    }
}

/// Samples that the other language makes.
@safe
struct ForeignSource: SampleSource, @unchecked Sendable {
    let schema: Schema
    let label: String
    private let functions: colonnade_source
    private let owner: ForeignOwner

    init(_ functions: colonnade_source, _ owner: ForeignOwner, _ schema: Schema, label: String) {
        unsafe self.functions = functions
        self.owner = owner
        self.schema = schema
        self.label = label
    }

    func makeReader(epoch: Int) throws -> any SampleReader {
        let pass = unsafe try Failure.calling { error in unsafe functions.begin(owner.context, Int64(epoch), error) }
        return unsafe Reader(self, ForeignOwner(pass, functions.end))
    }

    private final class Reader: SampleReader {
        private let source: ForeignSource
        private let pass: ForeignOwner

        init(_ source: ForeignSource, _ pass: ForeignOwner) {
            self.source = source
            self.pass = pass
        }

        func next() throws -> Sample? {
            let values = RowValues(inputs: [], source.schema.fields, count: 1)
            let found = unsafe try Failure.calling { error -> Int32? in
                let code = unsafe source.functions.next(pass.context, Handle.lend(values), error)
                return code < 0 ? nil : code
            }
            guard found > 0 else { return nil }
            return Sample(schema: source.schema, tensors: try values.finished(source.label).map { $0[0] })
        }
    }
}

/// A function of the other language.
@safe
final class ForeignFunction: @unchecked Sendable {
    private let functions: colonnade_function
    private let owner: ForeignOwner

    init(_ functions: colonnade_function) {
        unsafe self.functions = functions
        owner = unsafe ForeignOwner(functions.context, functions.release)
    }

    /// Makes values of those of several samples.
    func callAsFunction(_ values: RowValues) throws {
        guard let rows = unsafe functions.rows else {
            throw ColonnadeError(.invalidArgument, "this operation needs a function of rows")
        }
        let count = values.inputs.count * values.count
        let tensors = UnsafeMutablePointer<colonnade_tensor>.allocate(capacity: max(count, 1))
        defer { unsafe tensors.deallocate() }
        for (index, tensor) in values.inputs.joined().enumerated() {
            unsafe tensor.put(in: tensors + index, isLent: true)
        }
        _ = unsafe try Failure.calling { error -> Int32? in
            unsafe error.pointee.row = 0
            let code = unsafe rows(
                owner.context, Int64(values.count), tensors, count, Handle.lend(values), error)
            if code < 0 { values.current = unsafe max(0, min(Int(error.pointee.row), values.count - 1)) }
            return code < 0 ? nil : code
        }
    }

    /// What it makes of one sample; nil where it puts no value at all.
    func sample(_ sample: Sample, giving schema: Schema, _ label: String) throws -> Sample? {
        let values = RowValues(inputs: try sample.tensors.map { [try $0.copied()] }, schema.fields, count: 1)
        try self(values)
        if values.isUntouched { return nil }
        return Sample(schema: schema, tensors: try values.finished(label).map { $0[0] })
    }

    /// What it says of a sample.
    func condition(_ sample: Sample) throws -> Bool {
        let values = RowValues(
            inputs: try sample.tensors.map { [try $0.copied()] }, [Field("condition", .bool)], count: 1)
        try self(values)
        return try values.finished("filter")[0][0].item(as: Bool.self)
    }

    /// The function as one that unpacks files: it gets bytes and a name, and returns bytes.
    var unpacking: Colonnade.Stream.Unpacking {
        { bytes, name in
            let content = Field("content", kind: .bytes)
            let values = RowValues(inputs: [[Tensor(bytes)], [Tensor(utf8: name)]], [content], count: 1)
            try self(values)
            return try values.finished("what unpacks \(name)")[0][0].elements(as: UInt8.self)
        }
    }

    /// A buffer made of another.
    func buffer(_ buffer: Buffer) throws -> Buffer {
        guard let function = unsafe functions.buffer else {
            throw ColonnadeError(.invalidArgument, "this operation needs a function of buffers")
        }
        let given = PipelineHandle(.buffer(buffer))
        let made: OpaquePointer = unsafe try Failure.calling { error in
            unsafe function(owner.context, Handle.lend(given), error)
        }
        defer { unsafe colonnade_release(UnsafeMutableRawPointer(made)) }
        guard case .buffer(let result) = unsafe Handle.pipeline(made).contents else {
            throw ColonnadeError(.userFunction, "the function gave a stream, and a buffer was wanted")
        }
        return result
    }
}
