// SPDX-License-Identifier: Apache-2.0

/// An owner of memory that may lose it while others read it, as a mapping does when its file is truncated.
package protocol MemoryLender: AnyObject, Sendable {
    /// Throws `corruptFile` if what was read of it until now may have been zeros instead.
    func checkIntact() throws(ColonnadeError)
}
