// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A pass over a stage: decides the next sample, and leaves the making of it to other threads where it can. For one
/// thread at a time.
protocol StageCursor: AnyObject {
    /// The next sample, nil at the end and from then on. After an error it goes on behind it.
    func next() throws(ColonnadeError) -> Recipe?

    /// Passes by so many samples, or as many as are left, and past errors; tells how many.
    func skip(_ count: Int) -> Int

    /// Where it is: in front of the sample that `next` would give.
    var place: Place { get }

    /// Goes to a place that such a cursor gave before. Called before the first `next`.
    func go(to place: Place) throws(ColonnadeError)
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
