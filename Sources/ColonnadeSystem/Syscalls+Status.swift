// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension Syscalls {
    package struct Status: Sendable {
        package var byteCount: Int
        package var isRegular: Bool
        package var isFolder: Bool
        /// Whether the name is a link; true only if links are not followed.
        package var isLink: Bool
        package var isBlockDevice: Bool
        package var linkCount: Int
        package var owner: UInt32
        package var group: UInt32
        package var permissions: UInt32
        package var identity: Identity
        /// The time at which the contents or the status changed last, in nanoseconds. A program cannot set it.
        package var changeTime: Int64
    }

    /// The identity of a file, which all of its names share.
    package struct Identity: Sendable, Hashable {
        fileprivate var device: UInt64
        fileprivate var number: UInt64
    }
}

extension Syscalls.Status {
    init(_ info: stat) {
        byteCount = Int(info.st_size)
        isRegular = info.st_mode & S_IFMT == S_IFREG
        isFolder = info.st_mode & S_IFMT == S_IFDIR
        isLink = info.st_mode & S_IFMT == S_IFLNK
        isBlockDevice = info.st_mode & S_IFMT == S_IFBLK
        owner = info.st_uid
        group = info.st_gid
        linkCount = Int(info.st_nlink)
        permissions = UInt32(info.st_mode & 0o7777)
        identity = Syscalls.Identity(
            device: UInt64(truncatingIfNeeded: info.st_dev), number: UInt64(truncatingIfNeeded: info.st_ino))
        #if canImport(Darwin)
            let time = info.st_ctimespec
        #else
            let time = info.st_ctim
        #endif
        changeTime = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
