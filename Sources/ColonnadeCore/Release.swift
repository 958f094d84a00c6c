// SPDX-License-Identifier: Apache-2.0

/// The version of this library, of its C ABI, its command and its Python package. It is written only here.
package let releaseVersion: StaticString = "0.1.0"
