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

/// Calls that make names which must not exist.
extension Syscalls {
    /// The outcome of giving a file a name that must not exist.
    package enum NewName: Sendable {
        /// The file has the name in addition to its old one.
        case linked
        /// The file has the name instead of its old one.
        case renamed
        /// Another file has the name.
        case taken
        /// The file system can do neither in one step.
        case impossible
    }

    /// Gives a file a name, unless a file has that name, in one step: so of several processes that give the same name
    /// only one succeeds. Throws `system`, `fileNotFound`.
    package static func giveNewName(_ target: String, to source: String) throws(ColonnadeError) -> NewName {
        let linking = attempt("link") { unsafe systemLink(cName(source), cName(target)) }.code
        switch linking {
        case 0: return .linked
        case EEXIST: return .taken
        // The file system has no links, or not so many.
        case EPERM, ENOTSUP, ENOSYS, EMLINK: break
        default: throw failure("link", target, linking)
        }
        let renaming = attempt("renameat2") {
            unsafe colonnade_rename_without_replacing(cName(source), cName(target))
        }.code
        switch renaming {
        case 0: return .renamed
        case EEXIST: return .taken
        case ENOSYS, EINVAL, ENOTSUP: return .impossible
        default: throw failure("renameat2", target, renaming)
        }
    }

    /// Makes a folder. Throws `fileExists`, `fileNotFound` if the folder around it does not exist, `system`.
    package static func makeFolder(_ path: String) throws(ColonnadeError) {
        _ = try retrying("mkdir", path) { unsafe mkdir(cName(path), 0o777) }
    }

    /// Removes an empty folder. Throws `fileNotFound`, `system`.
    package static func removeFolder(_ path: String) throws(ColonnadeError) {
        _ = try retrying("rmdir", path) { unsafe rmdir(cName(path)) }
    }

    /// Exchanges the names of two files or folders in one step. Returns false if the file system cannot do so. Throws
    /// `system`, `fileNotFound`.
    package static func exchange(_ first: String, _ second: String) throws(ColonnadeError) -> Bool {
        let code = attempt("renameat2") { unsafe colonnade_exchange_names(cName(first), cName(second)) }.code
        switch code {
        case 0: return true
        case ENOSYS, EINVAL, ENOTSUP: return false
        default: throw failure("renameat2", second, code)
        }
    }

    /// The time of the clock of this machine, in milliseconds since 1970. It may jump.
    package static var wallClock: UInt64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(clamping: Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000)
    }
}
