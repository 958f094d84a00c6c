// SPDX-License-Identifier: Apache-2.0

import CArrow
import ColonnadeCore
import ColonnadeIngest

/// An array of Arrow with its type, as the C data interface lays it out; a test may make any part of it wrong.
struct ArrowData: Sendable {
    var format: String
    var name = ""
    var length: Int
    var offset = 0
    var nullCount = 0
    var buffers: [[UInt8]?]
    var children: [ArrowData] = []
    var dictionary: [ArrowData] = []
    var metadata: [(String, [UInt8])] = []

    /// The same array under a name, as a column.
    func named(_ name: String) -> ArrowData { with { $0.name = name } }

    /// The same with something else changed.
    func with(_ change: (inout ArrowData) -> Void) -> ArrowData {
        var copy = self
        change(&copy)
        return copy
    }

    /// Some of the elements, as slicing makes them: the same buffers, and an offset. Nobody counts what is missing.
    func slice(_ range: Range<Int>) -> ArrowData {
        with {
            $0.offset += range.lowerBound
            $0.length = range.count
            if $0.nullCount > 0 { $0.nullCount = -1 }
        }
    }

    /// The same with these elements missing.
    func missing(_ places: Int...) -> ArrowData {
        with {
            $0.nullCount = places.count
            $0.buffers[0] = bits((0..<$0.length).map { !places.contains($0) })
        }
    }

    /// The same with a type over the storage.
    func extended(_ type: String, _ metadata: String = "") -> ArrowData {
        with {
            $0.metadata += [
                ("ARROW:extension:name", Array(type.utf8)), ("ARROW:extension:metadata", Array(metadata.utf8)),
            ]
        }
    }
}

func bits(_ values: [Bool]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (values.count + 7) / 8)
    for (index, value) in values.enumerated() where value { bytes[index / 8] |= 1 << UInt8(index % 8) }
    return bytes
}

func littleEndian<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] { values.flatMap { bytes($0) } }

extension ArrowData {
    static func integers<Value: FixedWidthInteger>(_ format: String, _ values: [Value]) -> ArrowData {
        ArrowData(format: format, length: values.count, buffers: [nil, littleEndian(values)])
    }

    static func floats(_ values: [Float]) -> ArrowData { integers("f", values.map(\.bitPattern)) }
    static func doubles(_ values: [Double]) -> ArrowData { integers("g", values.map(\.bitPattern)) }
    static func bools(_ values: [Bool]) -> ArrowData {
        ArrowData(format: "b", length: values.count, buffers: [nil, bits(values)])
    }

    /// Text or bytes: `u`, `U`, `z` or `Z`.
    static func data(_ format: String, _ values: [[UInt8]]) -> ArrowData {
        var ends = [0]
        for value in values { ends.append(ends[ends.count - 1] + value.count) }
        let isLarge = format == "U" || format == "Z"
        return ArrowData(
            format: format, length: values.count,
            buffers: [
                nil, isLarge ? littleEndian(ends.map(Int64.init)) : littleEndian(ends.map(Int32.init)),
                values.flatMap { $0 },
            ])
    }

    static func text(_ values: [String], _ format: String = "u") -> ArrowData {
        data(format, values.map { Array($0.utf8) })
    }

    /// `vu` or `vz`, with the long ones in two buffers in turn.
    static func views(_ format: String, _ values: [[UInt8]]) -> ArrowData {
        var buffers: [[UInt8]] = [[], []]
        var views: [UInt8] = []
        for (index, value) in values.enumerated() {
            views += bytes(Int32(value.count))
            if value.count <= 12 {
                views += value + [UInt8](repeating: 0, count: 12 - value.count)
            } else {
                views += value.prefix(4) + bytes(Int32(index % 2), Int32(buffers[index % 2].count))
                buffers[index % 2] += value
            }
        }
        return ArrowData(
            format: format, length: values.count,
            buffers: [nil, views, buffers[0], buffers[1], littleEndian(buffers.map { Int64($0.count) })])
    }

    static func fixedBytes(_ width: Int, _ values: [[UInt8]]) -> ArrowData {
        ArrowData(format: "w:\(width)", length: values.count, buffers: [nil, values.flatMap { $0 }])
    }

    /// Lists of these lengths over an array.
    static func list(_ lengths: [Int], of child: ArrowData, isLarge: Bool = false) -> ArrowData {
        var ends = [0]
        for length in lengths { ends.append(ends[ends.count - 1] + length) }
        return ArrowData(
            format: isLarge ? "+L" : "+l", length: lengths.count,
            buffers: [nil, isLarge ? littleEndian(ends.map(Int64.init)) : littleEndian(ends.map(Int32.init))],
            children: [child.named("item")])
    }

    static func fixedList(_ size: Int, of child: ArrowData) -> ArrowData {
        ArrowData(
            format: "+w:\(size)", length: size == 0 ? 0 : child.length / size, buffers: [nil],
            children: [child.named("item")])
    }

    static func structure(_ children: [ArrowData], length: Int? = nil) -> ArrowData {
        ArrowData(
            format: "+s", length: length ?? children.first?.length ?? 0, buffers: [nil], children: children)
    }

    static func dictionary<Value: FixedWidthInteger>(
        _ format: String, _ indices: [Value], of values: ArrowData
    ) -> ArrowData {
        integers(format, indices).with { $0.dictionary = [values] }
    }
}

/// What has been released, and how often.
final class ArrowLedger: @unchecked Sendable {
    var streams = 0
    var schemas = 0
    var arrays = 0
    /// Batches that were handed out.
    var exported = 0
}

/// Exports batches through the C stream interface.
@safe
final class ArrowProducer: @unchecked Sendable {
    let ledger = ArrowLedger()
    let schema: ArrowData
    private var batches: [ArrowData]
    private var failure: (code: Int32, message: String?)?
    private var lastError: UnsafeMutablePointer<CChar>?

    /// The schema is that of `schema`, or of the first batch. After the batches comes the failure, or the end.
    init(
        _ batches: [ArrowData], schema: ArrowData? = nil, failure: (code: Int32, message: String?)? = nil
    ) {
        self.schema = schema ?? batches[0]
        self.batches = batches
        self.failure = failure
    }

    deinit { unsafe lastError?.deallocate() }

    /// A source over a new stream; the producer gives its batches once.
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

/// Keeps the ledger, and whether the release of this structure counts.
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
