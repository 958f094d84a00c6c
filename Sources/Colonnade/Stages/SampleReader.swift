// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// One pass over a source. Used by one thread at a time.
public protocol SampleReader: AnyObject {
    /// Returns the next sample, nil at the end. The consumer gets an error that it throws; the next call returns a later sample.
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
