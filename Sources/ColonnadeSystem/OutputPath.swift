// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// The target of bytes that are written under a name, after all links are followed.
package enum OutputPath: Sendable, Hashable {
    /// A regular file, a folder, or a name that is free.
    case file(String)
    /// A device, a pipe or a socket, or an open file of another process.
    case stream(String)
    /// An open file of this process, such as standard output.
    case descriptor(Syscalls.Descriptor)

    /// The largest number of links that are followed, as in the system.
    private static let linkLimit = 40

    /// Throws `system` where links lead in a circle, or the path cannot be looked at.
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

    /// The path of the folder that a name is in.
    package static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last name in a path. A slash and a mark that follows it are one character of a text, and two of a path.
    static func name(of path: String) -> String {
        let last = path.utf8.split(separator: UInt8(ascii: "/")).last
        return last.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Returns the open file that a name such as `/dev/stdout` or `/proc/self/fd/1` stands for. Following the link gives the file that is
    /// open there, and replacing that file takes it from whoever opened it.
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
