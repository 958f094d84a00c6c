// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import Colonnade
internal import ColonnadeCore
import ColonnadeIngest

/// A function of the caller, which an operation calls.
@safe
final class ForeignFunction: @unchecked Sendable {
    private let functions: colonnade_function
    private let owner: ForeignOwner

    init(_ functions: colonnade_function) {
        unsafe self.functions = functions
        owner = unsafe ForeignOwner(functions.context, functions.release)
    }

    /// The context that the other language gave with the function.
    var context: UnsafeMutableRawPointer? { unsafe owner.context }

    /// Makes values from the values of several samples.
    func callAsFunction(_ values: RowValues) throws {
        guard let rows = unsafe functions.rows else {
            throw ColonnadeError(.invalidArgument, "this operation needs a function of rows")
        }
        let count = values.inputs.count * values.count
        let tensors = UnsafeMutablePointer<colonnade_tensor>.allocate(capacity: max(count, 1))
        defer { unsafe tensors.deallocate() }
        for (index, tensor) in values.inputs.joined().enumerated() {
            try unsafe tensor.put(in: tensors + index, isLent: true)
        }
        _ = unsafe try Failure.calling { error -> Int32? in
            unsafe error.pointee.row = 0
            let code = unsafe rows(
                owner.context, Int64(values.count), tensors, count, Handle.lend(values), error)
            if code < 0 { values.current = unsafe max(0, min(Int(error.pointee.row), values.count - 1)) }
            return code < 0 ? nil : code
        }
    }

    /// Returns the sample that the function makes of one sample, or nil if it puts no value.
    func sample(_ sample: Sample, giving schema: Schema, _ label: String) throws -> Sample? {
        let values = RowValues(inputs: try sample.tensors.map { [try $0.copied()] }, schema.fields, count: 1)
        try self(values)
        if values.isUntouched { return nil }
        return Sample(schema: schema, tensors: try values.finished(label).map { $0[0] })
    }

    /// Returns whether the function keeps a sample.
    func condition(_ sample: Sample) throws -> Bool {
        let values = RowValues(
            inputs: try sample.tensors.map { [try $0.copied()] }, [Field("condition", .bool)], count: 1)
        try self(values)
        return try values.finished("filter")[0][0].item(as: Bool.self)
    }

    /// The function in the form of one that unpacks files: it gets bytes and a name, and returns bytes.
    var unpacking: Colonnade.Stream.Unpacking {
        { bytes, name in
            let content = Field("content", kind: .bytes)
            let values = RowValues(inputs: [[Tensor(bytes)], [Tensor(utf8: name)]], [content], count: 1)
            try self(values)
            return try values.finished("what unpacks \(name)")[0][0].elements(as: UInt8.self)
        }
    }

    /// Returns the buffer that the function makes of another buffer.
    func buffer(_ buffer: Buffer) throws -> Buffer {
        guard let function = unsafe functions.buffer else {
            throw ColonnadeError(.invalidArgument, "this operation needs a function of buffers")
        }
        let given = PipelineHandle(samples: .buffer(buffer))
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
