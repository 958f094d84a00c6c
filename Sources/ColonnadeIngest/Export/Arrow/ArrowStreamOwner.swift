// SPDX-License-Identifier: Apache-2.0

import CArrow
import ColonnadeCore

/// The state of a stream of record batches that a consumer reads, and the functions that the consumer calls.
@safe
final class ArrowStreamOwner {
    private let export: ArrowExport
    private var next = 0
    private var lastSize: Int?
    private var rowBytes = 0
    /// The message of the last error, which the consumer reads.
    private var message: UnsafeMutablePointer<CChar>?

    init(_ export: ArrowExport) { self.export = export }

    deinit { unsafe message?.deallocate() }

    @unsafe func lend(to stream: UnsafeMutablePointer<ArrowArrayStream>) {
        unsafe stream.pointee.private_data = Unmanaged.passRetained(self).toOpaque()
        unsafe stream.pointee.get_schema = { stream, schema in
            unsafe ArrowLending.lend(ArrowStreamOwner.of(stream!).export.plan, to: schema!)
            return 0
        }
        unsafe stream.pointee.get_next = { stream, array in
            unsafe ArrowStreamOwner.of(stream!).getNext(array!)
        }
        unsafe stream.pointee.get_last_error = { stream in
            unsafe ArrowStreamOwner.of(stream!).message.map { unsafe UnsafePointer($0) }
        }
        unsafe stream.pointee.release = { stream in
            guard let stream = unsafe stream, let owner = unsafe stream.pointee.private_data else { return }
            unsafe stream.pointee.private_data = nil
            unsafe stream.pointee.release = nil
            unsafe Unmanaged<ArrowStreamOwner>.fromOpaque(owner).release()
        }
    }

    private static func of(_ stream: UnsafeMutablePointer<ArrowArrayStream>) -> ArrowStreamOwner {
        guard let owner = unsafe stream.pointee.private_data else { preconditionFailure("the stream was released") }
        return unsafe Unmanaged<ArrowStreamOwner>.fromOpaque(owner).takeUnretainedValue()
    }

    /// Errors of the system that the codes of errors become.
    private static func number(of error: ColonnadeError) -> Int32 {
        switch error.code {
        case .outOfMemory: 12  // ENOMEM
        case .cancelled: 4  // EINTR
        case .corruptFile, .system: 5  // EIO
        default: 22  // EINVAL
        }
    }

    private func getNext(_ array: UnsafeMutablePointer<ArrowArray>) -> Int32 {
        unsafe array.initialize(to: ArrowArray())
        guard next < export.count else { return 0 }
        do throws(ColonnadeError) {
            let size = min(export.size(after: lastSize, rowBytes: rowBytes), export.count - next)
            let batch = try export.batch(next..<next + size)
            next += size
            lastSize = size
            rowBytes = batch.byteCount / size
            unsafe ArrowLending.lend(batch.values, to: array)
            return 0
        } catch {
            unsafe message?.deallocate()
            unsafe message = ArrowLending.text(error.description)
            return ArrowStreamOwner.number(of: error)
        }
    }
}
