// SPDX-License-Identifier: Apache-2.0

/// The consequence for a mixture when one of its streams has no more samples.
public enum Exhaustion: Sendable, Hashable {
    /// The whole ends.
    case stop
    /// The others go on.
    case leaveOut
    /// The stream begins anew, in another order if it is shuffled; so the mixture never ends.
    case beginAnew
}
