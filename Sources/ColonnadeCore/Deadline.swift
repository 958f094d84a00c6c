// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The time at which a wait ends.
package struct Deadline: Sendable {
    /// The time on the realtime clock, which condition variables use. If that clock is set, a wait lasts longer or
    /// shorter; there is no other effect.
    let time: timespec

    package init(in seconds: Double) {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        let whole = Int(max(0, min(seconds, 1e6)))
        let nanoseconds = now.tv_nsec + Int((max(0, min(seconds, 1e6)) - Double(whole)) * 1e9)
        time = timespec(tv_sec: now.tv_sec + whole + nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    }
}
