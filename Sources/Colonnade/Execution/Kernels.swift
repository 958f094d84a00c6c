// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels

/// The loops in C that compute orders, conversions, sums and checksums.
package enum Kernels {
    /// The name of the instructions that they use: `avx512`, `avx2`, `sse4`, `neon` or `portable`. The environment variable
    /// `COLONNADE_CPU` selects another one of them that the CPU has.
    package static var name: String { unsafe String(cString: colonnade_cpu_name()) }
}
