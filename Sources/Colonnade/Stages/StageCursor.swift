// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A pass over a stage: decides the next sample, and leaves the making of it to other threads where it can. For one
/// thread at a time.
protocol StageCursor: AnyObject {
    /// Returns the next sample, nil at the end and from then on. After an error, the next call continues after it.
    func next() throws(ColonnadeError) -> Recipe?

    /// Skips a number of samples, or all that are left, and errors between them. Returns the number of skipped samples.
    func skip(_ count: Int) -> Int

    /// The cursor state before the sample that `next` would return.
    var state: CursorState { get }

    /// Takes over a state that a cursor of the same stage gave. Called before the first `next`.
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
