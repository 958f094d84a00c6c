// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

/// One pass over a source. Only one thread at a time uses it.
public protocol SampleReader: AnyObject {
    /// Returns the next sample; nil at the end. If it throws, the consumer gets the error, and the next call returns a
    /// later sample.
    func next() throws -> Sample?

    /// Skips a number of samples, including those that cannot be read. The default implementation calls `next` for
    /// each.
    func skip(_ count: Int) throws
}

extension SampleReader {
    public func skip(_ count: Int) throws {
        for _ in 0..<count {
            // The original pass reported this error already.
            do { guard try next() != nil else { return } } catch { continue }
        }
    }
}
