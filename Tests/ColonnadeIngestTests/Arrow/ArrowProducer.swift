// SPDX-License-Identifier: Apache-2.0

import CArrow
import ColonnadeIngest

/// Exports batches through the C stream interface.
@safe
final class ArrowProducer: @unchecked Sendable {
    let ledger = ArrowLedger()
    let schema: ArrowData
    private var batches: [ArrowData]
    private var failure: (code: Int32, message: String?)?
    private var lastError: UnsafeMutablePointer<CChar>?

    /// Makes a producer. The schema is `schema`, or else that of the first batch. The failure, or the end, follows the
    /// batches.
    init(
        _ batches: [ArrowData], schema: ArrowData? = nil, failure: (code: Int32, message: String?)? = nil
    ) {
        self.schema = schema ?? batches[0]
        self.batches = batches
        self.failure = failure
    }

    deinit { unsafe lastError?.deallocate() }

    /// Returns a source over a new stream. The producer exports its batches only once.
    func source(_ configure: (inout ArrowOptions) -> Void = { _ in }) throws -> ArrowStreamSource {
        var options = ArrowOptions()
        configure(&options)
        var stream = unsafe self.stream()
        defer { precondition(unsafe stream.release == nil, "the stream has not been moved") }
        return try unsafe ArrowStreamSource(adopting: &stream, options: options)
    }

    func stream() -> ArrowArrayStream {
        unsafe ArrowArrayStream(
            get_schema: { stream, out in
                let producer = unsafe ArrowProducer.of(stream)
                unsafe export(producer.schema, producer.ledger, to: out!)
                return 0
            },
            get_next: { stream, out in
                let producer = unsafe ArrowProducer.of(stream)
                if producer.batches.isEmpty {
                    if let failure = producer.failure { return failure.code }
                    unsafe out!.pointee.release = nil
                    return 0
                }
                producer.ledger.exported += 1
                unsafe exportArray(producer.batches.removeFirst(), producer.ledger, to: out!)
                return 0
            },
            get_last_error: { stream in
                let producer = unsafe ArrowProducer.of(stream)
                guard let message = producer.failure?.message else { return nil }
                unsafe producer.lastError?.deallocate()
                unsafe producer.lastError = unsafe copy(message)
                return unsafe UnsafePointer(producer.lastError)
            },
            release: { stream in
                let producer = unsafe ArrowProducer.of(stream)
                producer.ledger.streams += 1
                unsafe Unmanaged<ArrowProducer>.fromOpaque(stream!.pointee.private_data!).release()
                unsafe stream!.pointee.release = nil
            },
            private_data: Unmanaged.passRetained(self).toOpaque())
    }

    private static func of(_ stream: UnsafeMutablePointer<ArrowArrayStream>?) -> ArrowProducer {
        unsafe Unmanaged<ArrowProducer>.fromOpaque(stream!.pointee.private_data!).takeUnretainedValue()
    }
}

private func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
    let characters = text.utf8CString
    let memory = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
    for (index, character) in characters.enumerated() { unsafe (memory + index).initialize(to: character) }
    return unsafe memory
}

private func copy(_ bytes: [UInt8]) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
    unsafe bytes.withUnsafeBytes {
        unsafe memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count)
    }
    return unsafe memory
}

/// The private data of a structure: the ledger, and whether its release is counted.
private final class ArrowOwner {
    let ledger: ArrowLedger
    init(_ ledger: ArrowLedger) { self.ledger = ledger }
}

private func export(_ data: ArrowData, _ ledger: ArrowLedger, to out: UnsafeMutablePointer<ArrowSchema>) {
    var schema = unsafe ArrowSchema()
    unsafe schema.format = UnsafePointer(copy(data.format))
    unsafe schema.name = UnsafePointer(copy(data.name))
    if !data.metadata.isEmpty {
        var packed = bytes(Int32(data.metadata.count))
        for (key, value) in data.metadata {
            packed += bytes(Int32(key.utf8.count)) + Array(key.utf8) + bytes(Int32(value.count)) + value
        }
        unsafe schema.metadata = UnsafePointer(copy(packed).assumingMemoryBound(to: CChar.self))
    }
    unsafe schema.n_children = Int64(data.children.count)
    if !data.children.isEmpty {
        unsafe schema.children = .allocate(capacity: data.children.count)
        for (index, child) in data.children.enumerated() {
            let memory = UnsafeMutablePointer<ArrowSchema>.allocate(capacity: 1)
            unsafe export(child, ledger, to: memory)
            unsafe (schema.children + index).initialize(to: memory)
        }
    }
    if let values = data.dictionary.first {
        unsafe schema.dictionary = .allocate(capacity: 1)
        unsafe export(values, ledger, to: schema.dictionary)
    }
    unsafe schema.private_data = Unmanaged.passRetained(ArrowOwner(ledger)).toOpaque()
    unsafe schema.release = { schema in
        unsafe Unmanaged<ArrowOwner>.fromOpaque(schema!.pointee.private_data!).takeUnretainedValue().ledger.schemas += 1
        unsafe free(schema!)
    }
    unsafe out.initialize(to: schema)
}

private func free(_ schema: UnsafeMutablePointer<ArrowSchema>) {
    let raw = unsafe schema.pointee
    unsafe raw.format?.deallocate()
    unsafe raw.name?.deallocate()
    unsafe raw.metadata?.deallocate()
    for index in unsafe 0..<Int(raw.n_children) {
        unsafe free(raw.children[index]!)
        unsafe raw.children[index]!.deallocate()
    }
    unsafe raw.children?.deallocate()
    if let dictionary = unsafe raw.dictionary {
        unsafe free(dictionary)
        unsafe dictionary.deallocate()
    }
    unsafe Unmanaged<ArrowOwner>.fromOpaque(raw.private_data!).release()
    unsafe schema.pointee.release = nil
}

private func exportArray(_ data: ArrowData, _ ledger: ArrowLedger, to out: UnsafeMutablePointer<ArrowArray>) {
    var array = unsafe ArrowArray()
    unsafe array.length = Int64(data.length)
    unsafe array.offset = Int64(data.offset)
    unsafe array.null_count = Int64(data.nullCount)
    unsafe array.n_buffers = Int64(data.buffers.count)
    unsafe array.buffers = .allocate(capacity: max(data.buffers.count, 1))
    for (index, buffer) in data.buffers.enumerated() {
        unsafe (array.buffers + index).initialize(to: unsafe buffer.map { unsafe UnsafeRawPointer(copy($0)) })
    }
    unsafe array.n_children = Int64(data.children.count)
    if !data.children.isEmpty {
        unsafe array.children = .allocate(capacity: data.children.count)
        for (index, child) in data.children.enumerated() {
            let memory = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
            unsafe exportArray(child, ledger, to: memory)
            unsafe (array.children + index).initialize(to: memory)
        }
    }
    if let values = data.dictionary.first {
        unsafe array.dictionary = .allocate(capacity: 1)
        unsafe exportArray(values, ledger, to: array.dictionary)
    }
    unsafe array.private_data = Unmanaged.passRetained(ArrowOwner(ledger)).toOpaque()
    unsafe array.release = { array in
        unsafe Unmanaged<ArrowOwner>.fromOpaque(array!.pointee.private_data!).takeUnretainedValue().ledger.arrays += 1
        unsafe freeArray(array!)
    }
    unsafe out.initialize(to: array)
}

private func freeArray(_ array: UnsafeMutablePointer<ArrowArray>) {
    let raw = unsafe array.pointee
    for index in unsafe 0..<Int(raw.n_buffers) { unsafe raw.buffers[index]?.deallocate() }
    unsafe raw.buffers.deallocate()
    for index in unsafe 0..<Int(raw.n_children) {
        unsafe freeArray(raw.children[index]!)
        unsafe raw.children[index]!.deallocate()
    }
    unsafe raw.children?.deallocate()
    if let dictionary = unsafe raw.dictionary {
        unsafe freeArray(dictionary)
        unsafe dictionary.deallocate()
    }
    unsafe Unmanaged<ArrowOwner>.fromOpaque(raw.private_data!).release()
    unsafe array.pointee.release = nil
}
