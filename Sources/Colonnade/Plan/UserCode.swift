// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// Calls of functions of users, whose errors become a `ColonnadeError`.
enum UserCode {
    /// Calls a function. Rethrows a `ColonnadeError`, and throws `userFunction` with the row for any other error.
    static func call<Result>(
        _ name: String, _ row: Int?, _ body: () throws -> Result
    ) throws(ColonnadeError) -> Result {
        do {
            return try body()
        } catch let error as ColonnadeError {
            throw error
        } catch {
            throw ColonnadeError(
                .userFunction, "the function of \(name) threw \(error)", at: row.map { .sample(row: $0, key: nil) },
                underlying: error)
        }
    }
}
