// SPDX-License-Identifier: Apache-2.0

/// The version of this library, of its C ABI, its command and its Python package: the one place where it is written.
package let releaseVersion: StaticString = "0.1.0"
