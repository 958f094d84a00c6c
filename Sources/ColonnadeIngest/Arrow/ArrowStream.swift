// SPDX-License-Identifier: Apache-2.0

import CArrow
import ColonnadeCore

/// Owns an `ArrowArrayStream`: pulls one array after another, and releases the stream once, at the stream's end or its own.
@safe
final class ArrowStream {
    private let stream: UnsafeMutablePointer<ArrowArrayStream>
    private let name: String

    /// Moves the stream in: the caller's structure is marked as released.
    ///
    /// Throws `invalidArgument` for one that is released already.
    init(moving source: UnsafeMutablePointer<ArrowArrayStream>, name: String) throws(ColonnadeError) {
        guard unsafe source.pointee.release != nil else {
            throw ColonnadeError(
                .invalidArgument, "the Arrow stream is released or read already: ask its owner for another",
                at: .record(source: name, record: nil, column: nil))
        }
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: source.pointee)
        unsafe source.pointee.release = nil
        self.name = name
    }

    deinit {
        release()
        unsafe stream.deallocate()
    }

    private func release() {
        guard let release = unsafe stream.pointee.release else { return }
        unsafe release(stream)
        // The callback must have done this; it must not run twice in any case.
        unsafe stream.pointee.release = nil
    }

    /// Returns the type of the batches.
    func schema() throws(ColonnadeError) -> ArrowField {
        var schema = unsafe ArrowSchema()
        guard let get = unsafe stream.pointee.get_schema else { throw fault("it has no get_schema") }
        let code = unsafe get(stream, &schema)
        guard code == 0 else { throw failure(code) }
        defer { unsafe schema.release?(&schema) }
        guard unsafe schema.release != nil else { throw fault("its schema is released already") }
        do throws(ColonnadeError) {
            return try unsafe ArrowField(&schema)
        } catch {
            throw ColonnadeError(error.code, error.message, at: .record(source: name, record: nil, column: nil))
        }
    }

    /// Returns the next batch; nil at the end, when the stream is released.
    func next() throws(ColonnadeError) -> ArrowBatch? {
        guard unsafe stream.pointee.release != nil else { return nil }
        guard let get = unsafe stream.pointee.get_next else { throw fault("it has no get_next") }
        var array = unsafe ArrowArray()
        let code = unsafe get(stream, &array)
        guard code == 0 else {
            let error = failure(code)
            release()
            throw error
        }
        guard unsafe array.release != nil else {
            release()
            return nil
        }
        return unsafe ArrowBatch(moving: &array)
    }

    private func failure(_ code: Int32) -> ColonnadeError {
        let text = unsafe stream.pointee.get_last_error?(stream)
        let message = Self.oneLine(unsafe text.map { unsafe String(cString: $0) } ?? "")
        return fault("its producer failed: \(message.isEmpty ? "it does not say why" : message) (error \(code))")
    }

    /// Returns the last line of a message that is a traceback of Python, and other messages unchanged.
    static func oneLine(_ message: String) -> String {
        let lines = message.split(separator: "\n")
        let start = lines.firstIndex { String($0).endsWithBytes(of: "Traceback (most recent call last):") }
        guard let start else { return message }
        return lines[(start + 1)...].first { !$0.utf8.starts(with: [0x20]) }.map(String.init) ?? message
    }

    private func fault(_ message: String) -> ColonnadeError {
        ColonnadeError(.invalidSource, message, at: .record(source: name, record: nil, column: nil))
    }
}
