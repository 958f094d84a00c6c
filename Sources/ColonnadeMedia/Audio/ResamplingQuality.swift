// SPDX-License-Identifier: Apache-2.0

import CColonnadeAudio

/// The method of resampling.
public enum ResamplingQuality: Sendable, Hashable, CaseIterable {
    /// A sinc with 64 zero crossings on each side.
    case best
    /// A sinc with 16 zero crossings on each side.
    case medium
    /// A sinc with 6 zero crossings on each side.
    case fastest
    /// The latest input.
    case hold
    /// The line between two inputs.
    case linear

    /// The number of the method for the functions in C.
    var method: Int32 {
        switch self {
        case .hold: Int32(COLONNADE_RESAMPLING_HOLD)
        case .linear: Int32(COLONNADE_RESAMPLING_LINEAR)
        case .best, .medium, .fastest: Int32(crossings ?? 0)
        }
    }

    /// The number of zero crossings on each side; nil for methods without a sinc.
    var crossings: Int? {
        switch self {
        case .best: 64
        case .medium: 16
        case .fastest: 6
        case .hold, .linear: nil
        }
    }
}
