// SPDX-License-Identifier: Apache-2.0

import CArrow
import ColonnadeCore

/// Fills the structures of Arrow's C data interface. Each structure owns its memory, and its `release` frees it, also after the
/// consumer has moved the structure.
enum ArrowLending {
    /// The memory that a structure of an array refers to.
    @safe private final class ArrayMemory {
        let tensors: [Tensor?]
        let buffers: UnsafeMutablePointer<UnsafeRawPointer?>
        let children: UnsafeMutablePointer<UnsafeMutablePointer<ArrowArray>?>
        let dictionary: UnsafeMutablePointer<ArrowArray>?
        let childCount: Int

        init(_ values: ArrowValues) {
            tensors = values.buffers
            unsafe buffers = .allocate(capacity: max(1, tensors.count))
            for (index, tensor) in tensors.enumerated() {
                let address = unsafe tensor.flatMap { tensor in
                    unsafe tensor.storage.bytes.baseAddress.map { unsafe $0 + tensor.byteOffset }
                }
                unsafe (buffers + index).initialize(to: address)
            }
            childCount = values.children.count
            unsafe children = ArrowLending.pointers(values.children) { unsafe ArrowLending.lend($0, to: $1) }
            unsafe dictionary = values.dictionary.first.map { values in
                let array = UnsafeMutablePointer<ArrowArray>.allocate(capacity: 1)
                unsafe ArrowLending.lend(values, to: array)
                return unsafe array
            }
        }

        deinit {
            for index in 0..<childCount {
                guard let child = unsafe children[index] else { continue }
                // The consumer may have moved the child, which is then marked as released here.
                unsafe child.pointee.release?(child)
                unsafe child.deallocate()
            }
            if let dictionary = unsafe dictionary {
                unsafe dictionary.pointee.release?(dictionary)
                unsafe dictionary.deallocate()
            }
            unsafe children.deallocate()
            unsafe buffers.deallocate()
        }
    }

    /// The memory that a structure of a type refers to.
    @safe private final class SchemaMemory {
        let format: UnsafeMutablePointer<CChar>
        let name: UnsafeMutablePointer<CChar>
        let metadata: UnsafeMutablePointer<CChar>?
        let children: UnsafeMutablePointer<UnsafeMutablePointer<ArrowSchema>?>
        let dictionary: UnsafeMutablePointer<ArrowSchema>?
        let childCount: Int

        init(_ plan: ArrowNodePlan) {
            unsafe format = ArrowLending.text(plan.format)
            unsafe name = ArrowLending.text(plan.name)
            unsafe metadata = plan.metadata.isEmpty ? nil : ArrowLending.metadata(plan.metadata)
            childCount = plan.children.count
            unsafe children = ArrowLending.pointers(plan.children) { unsafe ArrowLending.lend($0, to: $1) }
            guard case .classes = plan.kind else {
                unsafe dictionary = nil
                return
            }
            unsafe dictionary = .allocate(capacity: 1)
            unsafe ArrowLending.lend(ArrowNodePlan.classNames, to: dictionary!)
        }

        deinit {
            for index in 0..<childCount {
                guard let child = unsafe children[index] else { continue }
                unsafe child.pointee.release?(child)
                unsafe child.deallocate()
            }
            if let dictionary = unsafe dictionary {
                unsafe dictionary.pointee.release?(dictionary)
                unsafe dictionary.deallocate()
            }
            unsafe children.deallocate()
            unsafe metadata?.deallocate()
            unsafe name.deallocate()
            unsafe format.deallocate()
        }
    }

    /// Fills an array that shares the memory of tensors.
    @unsafe static func lend(_ values: ArrowValues, to array: UnsafeMutablePointer<ArrowArray>) {
        let memory = ArrayMemory(values)
        unsafe array.initialize(to: ArrowArray())
        unsafe array.pointee.length = Int64(values.length)
        unsafe array.pointee.null_count = Int64(values.nullCount)
        unsafe array.pointee.n_buffers = Int64(values.buffers.count)
        unsafe array.pointee.buffers = memory.buffers
        unsafe array.pointee.n_children = Int64(memory.childCount)
        unsafe array.pointee.children = memory.childCount > 0 ? memory.children : nil
        unsafe array.pointee.dictionary = memory.dictionary
        unsafe array.pointee.private_data = Unmanaged.passRetained(memory).toOpaque()
        unsafe array.pointee.release = { array in
            guard let array = unsafe array, let memory = unsafe array.pointee.private_data else { return }
            unsafe array.pointee.private_data = nil
            unsafe array.pointee.release = nil
            unsafe Unmanaged<ArrayMemory>.fromOpaque(memory).release()
        }
    }

    /// Fills a type.
    @unsafe static func lend(_ plan: ArrowNodePlan, to schema: UnsafeMutablePointer<ArrowSchema>) {
        let memory = SchemaMemory(plan)
        unsafe schema.initialize(to: ArrowSchema())
        unsafe schema.pointee.format = unsafe UnsafePointer(memory.format)
        unsafe schema.pointee.name = unsafe UnsafePointer(memory.name)
        unsafe schema.pointee.metadata = unsafe memory.metadata.map { unsafe UnsafePointer($0) }
        unsafe schema.pointee.flags = plan.isNullable ? Int64(ARROW_FLAG_NULLABLE) : 0
        unsafe schema.pointee.n_children = Int64(memory.childCount)
        unsafe schema.pointee.children = memory.childCount > 0 ? memory.children : nil
        unsafe schema.pointee.dictionary = memory.dictionary
        unsafe schema.pointee.private_data = Unmanaged.passRetained(memory).toOpaque()
        unsafe schema.pointee.release = { schema in
            guard let schema = unsafe schema, let memory = unsafe schema.pointee.private_data else { return }
            unsafe schema.pointee.private_data = nil
            unsafe schema.pointee.release = nil
            unsafe Unmanaged<SchemaMemory>.fromOpaque(memory).release()
        }
    }

    /// Returns pointers to structures, each in memory of its own.
    private static func pointers<Value, Structure>(
        _ values: [Value], _ fill: (Value, UnsafeMutablePointer<Structure>) -> Void
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Structure>?> {
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<Structure>?>.allocate(capacity: max(1, values.count))
        for (index, value) in values.enumerated() {
            let structure = UnsafeMutablePointer<Structure>.allocate(capacity: 1)
            unsafe fill(value, structure)
            unsafe (pointers + index).initialize(to: structure)
        }
        return unsafe pointers
    }

    // MARK: Texts

    /// Returns a text that ends with a zero byte, for `deallocate`.
    static func text(_ text: String) -> UnsafeMutablePointer<CChar> { unsafe copy(Array(text.utf8) + [0]) }

    /// Returns key and value pairs as the C data interface lays them out: see `ArrowMetadata`.
    private static func metadata(_ entries: [(key: String, value: String)]) -> UnsafeMutablePointer<CChar> {
        func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var bytes = number(entries.count)
        for (key, value) in entries {
            for text in [key, value] { bytes += number(text.utf8.count) + Array(text.utf8) }
        }
        return unsafe copy(bytes)
    }

    private static func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar> {
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() {
            unsafe (memory + index).initialize(to: CChar(bitPattern: byte))
        }
        return unsafe memory
    }
}
