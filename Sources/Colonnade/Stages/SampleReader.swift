// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// One pass over a source. Used by one thread at a time.
public protocol SampleReader: AnyObject {
    /// The next sample, nil at the end. What it throws arrives at the consumer, and then it is asked for the next.
    func next() throws -> Sample?

    /// Skips a number of samples, including those that cannot be read. Calls `next` for each unless a reader has a better way.
    func skip(_ count: Int) throws
}

extension SampleReader {
    public func skip(_ count: Int) throws {
        for _ in 0..<count {
            // An error here was thrown when this was read first.
            do { guard try next() != nil else { return } } catch { continue }
        }
    }
}
