// SPDX-License-Identifier: Apache-2.0

/// An owner of memory that can become invalid while others read it. An example is a mapping whose file is truncated.
package protocol MemoryLender: AnyObject, Sendable {
    /// Throws `corruptFile` if bytes that were read from the memory until now may be zeros instead of the real
    /// contents.
    func checkIntact() throws(ColonnadeError)
}
