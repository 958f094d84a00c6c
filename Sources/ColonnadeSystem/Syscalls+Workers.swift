// SPDX-License-Identifier: Apache-2.0

import CColonnadeKernels
package import ColonnadeCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Calls about processes that do a part of the work of this one.
extension Syscalls {
    /// Starts the program of this process once more, with other arguments, and returns the number of the process. What it writes to
    /// standard output is dropped. Throws `system`.
    package static func startAgain(_ arguments: [String]) throws(ColonnadeError) -> Int {
        var texts: [UnsafeMutablePointer<CChar>?] = unsafe (["colonnade"] + arguments).map { unsafe strdup(cName($0)) }
        defer { for index in 0...arguments.count { unsafe free(texts[index]) } }
        unsafe texts.append(nil)
        var process: CInt = 0
        let code = unsafe colonnade_start_again(&texts, &process)
        guard code == 0 else { throw failure("posix_spawn", "/proc/self/exe", code) }
        return Int(process)
    }

    /// Returns the exit status of a process that this one started, and 128 and the number of the signal that ended it; nil while it
    /// runs. Throws `system`.
    package static func exitStatus(ofProcess number: Int) throws(ColonnadeError) -> Int? {
        var status: CInt = 0
        guard try retrying("waitpid", "process \(number)", { unsafe waitpid(pid_t(number), &status, WNOHANG) }) > 0
        else {
            return nil
        }
        return Int(status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F)
    }

    /// Asks a process to end.
    package static func interrupt(process number: Int) { _ = kill(pid_t(number), SIGTERM) }

    /// Ends a process that does not end by itself.
    package static func end(process number: Int) { _ = kill(pid_t(number), SIGKILL) }

    /// Makes this process end with the one that started it, also where that is killed, or this one waits. Returns false if that has
    /// ended already. Not on macOS, where only `parentProcess` tells.
    package static func endWithParent(_ number: Int) -> Bool {
        colonnade_end_with_parent()
        return parentProcess == number
    }

    /// The number of the process that started this one; another one once that has ended.
    package static var parentProcess: Int { Int(getppid()) }
}
