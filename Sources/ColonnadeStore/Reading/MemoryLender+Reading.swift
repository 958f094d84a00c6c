// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension MemoryLender {
    /// Returns what `body` makes of bytes of the file or files. Throws `corruptFile` if they were not there any more, whatever it
    /// made of the zeros instead: a result, or an error that would blame the rows.
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
