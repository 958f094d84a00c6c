// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Calls functions of users, and turns the errors that they throw into a `ColonnadeError`.
enum UserCode {
    /// Calls a function. Throws its `ColonnadeError`, and other errors of it as `userFunction` with the row.
    static func call<Result>(
        _ name: String, _ row: Int?, _ body: () throws -> Result
    ) throws(ColonnadeError) -> Result {
        do {
            return try body()
        } catch let error as ColonnadeError {
            throw error
        } catch {
            throw ColonnadeError(
                .userFunction, "the function of \(name) threw \(error)", at: row.map { .row($0, column: nil) },
                underlying: error)
        }
    }
}
