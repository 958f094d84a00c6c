// SPDX-License-Identifier: Apache-2.0

/// The behaviour of a mixture after one of its streams has ended.
public enum Exhaustion: Sendable, Hashable {
    /// The mixture ends.
    case stop
    /// The mixture continues with the other streams.
    case leaveOut
    /// The stream begins anew, in another order if it is shuffled. The mixture never ends.
    case beginAnew
}
