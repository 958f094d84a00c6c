// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

/// Converts errors of Swift to C, and errors of C functions to Swift.
enum Failure {
    /// Runs `body` and stores an error that it throws in `error`.
    static func caught<Result>(
        _ error: UnsafeMutablePointer<colonnade_error>?, _ body: () throws(ColonnadeError) -> Result
    ) -> Result? {
        do throws(ColonnadeError) {
            return try body()
        } catch let failure {
            unsafe store(failure, in: error)
            return nil
        }
    }

    static func store(_ failure: ColonnadeError, in error: UnsafeMutablePointer<colonnade_error>?) {
        guard let error = unsafe error else { return }
        unsafe error.pointee.code = number(of: failure.code)
        unsafe error.pointee.row = -1
        unsafe error.pointee.cause = (failure.underlying as? ForeignFailure)?.cause
        var key = ""
        switch failure.place {
        case .row(let row, let name), .sample(let row, let name):
            unsafe error.pointee.row = Int64(row)
            key = name ?? ""
        case .tableRow(_, let row, let column):
            unsafe error.pointee.row = Int64(row)
            key = column ?? ""
        case .record(_, let record, let column):
            // Records of text count from 1, and rows in the C interface from 0.
            unsafe error.pointee.row = record.map { Int64($0) - 1 } ?? -1
            key = column ?? ""
        case .file, nil: break
        }
        unsafe put(key, in: &error.pointee.key)
        unsafe put(failure.descriptionForPython, in: &error.pointee.message)
    }

    /// Copies a text. If it is too long, it is cut at the end of a character.
    private static func put<Characters>(_ text: String, in characters: inout Characters) {
        unsafe withUnsafeMutableBytes(of: &characters) { bytes in
            let fitting = text.utf8.prefix(bytes.count - 1)
            var count = fitting.count
            if count < text.utf8.count {
                while count > 0, text.utf8[text.utf8.index(text.startIndex, offsetBy: count)] & 0xC0 == 0x80 {
                    count -= 1
                }
            }
            for (index, byte) in fitting.prefix(count).enumerated() { unsafe bytes[index] = byte == 0 ? 0x3F : byte }
            unsafe bytes[count] = 0
        }
    }

    private static func number(of code: ColonnadeError.Code) -> Int32 {
        let number =
            switch code {
            case .fileNotFound: COLONNADE_FILE_NOT_FOUND
            case .fileExists: COLONNADE_FILE_EXISTS
            case .corruptFile: COLONNADE_CORRUPT_FILE
            case .unsupported: COLONNADE_UNSUPPORTED
            case .invalidSource: COLONNADE_INVALID_SOURCE
            case .unknownKey: COLONNADE_UNKNOWN_KEY
            case .invalidArgument: COLONNADE_INVALID_ARGUMENT
            case .outOfRange: COLONNADE_OUT_OF_RANGE
            case .system: COLONNADE_SYSTEM
            case .cancelled: COLONNADE_CANCELLED
            case .userFunction: COLONNADE_USER_FUNCTION
            case .outOfMemory: COLONNADE_OUT_OF_MEMORY
            }
        return Int32(number)
    }

    private static func code(of number: Int32) -> ColonnadeError.Code {
        ColonnadeError.Code.allCases.first { self.number(of: $0) == number } ?? .userFunction
    }

    /// Calls a function of the caller that gets a structure for its error.
    static func calling<Result>(
        _ function: (UnsafeMutablePointer<colonnade_error>) -> Result?
    ) throws -> Result {
        // The structure is large and is rarely written, so it is not cleared.
        let error = UnsafeMutablePointer<colonnade_error>.allocate(capacity: 1)
        defer { unsafe error.deallocate() }
        unsafe error.pointee.code = Int32(COLONNADE_USER_FUNCTION)
        unsafe error.pointee.cause = nil
        unsafe error.pointee.message.0 = 0
        if let result = unsafe function(error) { return result }
        let message = unsafe withUnsafeBytes(of: &error.pointee.message) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if let cause = unsafe error.pointee.cause {
            throw unsafe ForeignFailure(cause: cause, description: message.isEmpty ? "an error" : message)
        }
        throw ColonnadeError(
            unsafe code(of: error.pointee.code), message.isEmpty ? "a function that was given failed" : message)
    }
}
