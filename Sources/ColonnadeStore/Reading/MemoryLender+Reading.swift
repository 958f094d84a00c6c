// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension MemoryLender {
    /// Returns the result of a function that reads bytes of the file or files. Throws `corruptFile` if bytes were
    /// missing, also if the function returned a result or threw an error about the zeros in their place.
    @inline(__always)
    func reading<Result>(
        _ body: () throws(ColonnadeError) -> Result
    ) throws(ColonnadeError) -> Result {
        try checkIntact()
        let result: Result
        do throws(ColonnadeError) {
            result = try body()
        } catch {
            try checkIntact()
            throw error
        }
        try checkIntact()
        return result
    }
}
