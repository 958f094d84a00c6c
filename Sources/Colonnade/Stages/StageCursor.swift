// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A pass over a stage: decides the next sample as a recipe, which another thread can execute. Only one thread at a
/// time may use a cursor.
protocol StageCursor: AnyObject {
    /// Returns the next sample; nil at the end, and in every later call. After an error, the next call continues with
    /// the sample after it.
    func next() throws(ColonnadeError) -> Recipe?

    /// Skips a number of samples, or all remaining ones if there are fewer, and the errors between them. Returns the
    /// number of skipped samples.
    func skip(_ count: Int) -> Int

    /// The cursor state before the sample that `next` would return.
    var state: CursorState { get }

    /// Restores a state of an earlier cursor of the stage. Called before the first `next`.
    func restore(_ state: CursorState) throws(ColonnadeError)
}

extension StageCursor {
    func skip(_ count: Int) -> Int { skipOneByOne(count) }

    func skipOneByOne(_ count: Int) -> Int {
        var skipped = 0
        while skipped < count {
            do throws(ColonnadeError) {
                guard try next() != nil else { break }
                skipped += 1
            } catch {
                continue
            }
        }
        return skipped
    }
}
