// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The target of an output path after all links are followed.
package enum OutputPath: Sendable, Hashable {
    /// A regular file, a folder, or a name that does not exist yet.
    case file(String)
    /// A device, a pipe, a socket, or an open file of another process.
    case stream(String)
    /// An open file of this process, such as standard output.
    case descriptor(Syscalls.Descriptor)

    /// The largest number of links that are followed, which is also the limit of the system.
    private static let linkLimit = 40

    /// Follows the links of a path. Throws `system` if the links lead in a circle or the path cannot be examined.
    package init(following path: String) throws(ColonnadeError) {
        var path = path
        for _ in 0..<Self.linkLimit {
            if let open = Self.openFile(path) {
                self = open
                return
            }
            guard let status = try Syscalls.statusWithoutFollowing(path: path) else {
                self = .file(path)
                return
            }
            guard status.isLink else {
                self = status.isRegular || status.isFolder ? .file(path) : .stream(path)
                return
            }
            let destination = try Syscalls.destination(ofLink: path)
            path = destination.utf8.first == UInt8(ascii: "/") ? destination : "\(Self.folder(of: path))/\(destination)"
        }
        throw ColonnadeError(.system, "its links lead in a circle: name a file", at: .file(path))
    }

    /// Returns the path of the folder that contains a file.
    package static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Returns the last name in a path. It works on bytes, because a slash and a combining mark after it are one
    /// `Character`.
    package static func name(of path: String) -> String {
        let last = path.utf8.split(separator: UInt8(ascii: "/")).last
        return last.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Returns the open file for a name such as `/dev/stdout` or `/proc/self/fd/1`, or nil for other names. The link
    /// must not be followed: it leads to the open file's path, and replacing that file would detach it from the process
    /// that opened it.
    private static func openFile(_ path: String) -> OutputPath? {
        switch path {
        case "/dev/stdout": return .descriptor(1)
        case "/dev/stderr": return .descriptor(2)
        default: break
        }
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), let number = Int32(path[slash...].dropFirst())
        else { return nil }
        let folder = folder(of: path)
        if folder == "/dev/fd" { return .descriptor(number) }
        guard let parts = Syscalls.realPath(folder)?.split(separator: "/"), parts.count >= 3, parts[0] == "proc",
            parts[parts.count - 1] == "fd"
        else { return nil }
        return parts[1] == "\(Syscalls.processIdentifier)" ? .descriptor(number) : .stream(path)
    }
}
