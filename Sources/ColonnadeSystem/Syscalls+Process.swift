// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
import ColonnadeCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Calls about the process, its terminal and its signals.
extension Syscalls {
    package static func isTerminal(_ descriptor: Descriptor) -> Bool { isatty(descriptor) == 1 }

    /// Returns the number of columns of the terminal that the descriptor refers to, or nil.
    package static func terminalWidth(_ descriptor: Descriptor) -> Int? {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Returns the maximum resident memory of this process until now, in bytes.
    package static func peakResidentBytes() -> Int {
        var usage = rusage()
        #if canImport(Darwin)
            _ = unsafe getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #elseif canImport(Musl)
            _ = unsafe getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss * 1024
        #else
            _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            return usage.ru_maxrss * 1024
        #endif
    }

    /// The processor time that this thread has used, in seconds.
    package static var threadTime: Double {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Returns a variable of the environment, or nil if it is not set.
    package static func environment(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// The arguments of the command line without the command's own name; file names in them may not be UTF-8. It is nil
    /// if the system does not provide them.
    package static var arguments: [String]? {
        let count = Int(colonnade_argument_count())
        if count > 0 {
            return (1..<max(1, count)).compactMap { index in
                unsafe colonnade_argument(Int32(index)).map { unsafe name($0) }
            }
        }
        #if os(Linux)
            // Swift's runtime reads its own arguments from this file too.
            guard let text = text(ofFile: "/proc/self/cmdline"), !text.isEmpty else { return nil }
        #endif
        return Array(CommandLine.arguments.dropFirst())
    }

    /// The number of processors on which this process may run.
    package static var processorCount: Int { max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1) }

    package static var processIdentifier: Int { Int(getpid()) }

    /// The number of forks between the first process that read this property and this process. It costs a few loads,
    /// unlike the process identifier.
    package static var forkCount: UInt64 { colonnade_fork_count() }

    /// The number by which the system identifies this thread; 0 on systems where `waitForEnd` does not need it.
    static var threadNumber: Int { Int(colonnade_thread_number()) }

    /// Waits until the system has removed a thread that is about to end, but not for long. A thread counts as one of the process
    /// for some microseconds after its last instruction. Only on Linux.
    static func waitForEnd(ofThread number: Int) {
        #if os(Linux)
            for _ in 0..<1000 {
                guard number > 0, (try? status(path: "/proc/self/task/\(number)")) != nil else { return }
                usleep(20)
            }
        #endif
    }

    /// The maximum size of a file that this process may write, in bytes.
    package static var fileSizeLimit: Int {
        var limit = rlimit()
        #if canImport(Darwin) || canImport(Musl)
            let code = unsafe getrlimit(RLIMIT_FSIZE, &limit)
        #else
            let code = unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #endif
        return code == 0 ? Int(clamping: limit.rlim_cur) : .max
    }

    /// Suspends the thread for some time, or until a signal arrives.
    package static func sleep(milliseconds: Int) { usleep(UInt32(clamping: 1000 * milliseconds)) }

    /// Ignores the signal for a file that grows too large. The write that exceeds the limit then fails, and the process
    /// does not end.
    package static func ignoreFileSizeSignal() { _ = signal(SIGXFSZ, SIG_IGN) }

    package static func onInterrupt(_ handler: @convention(c) (Int32) -> Void) {
        for number in [SIGINT, SIGTERM] { _ = signal(number, handler) }
    }

    /// Ends the process without clean-up. A signal handler may call it.
    package static func exitNow(_ code: Int32) -> Never { _exit(code) }
}
