// SPDX-License-Identifier: Apache-2.0

/// The members of a tar archive so far, which later members may be hard links to.
struct TarLinks {
    enum Target: Equatable {
        /// The place of the contents of a file.
        case file(Range<Int>)
        /// A link, device, pipe or folder, which has no contents.
        case empty
        case missing
    }

    private var members: [(name: [UInt8], target: Target)] = []
    /// The members by their names, without parts that have no meaning; nil until there is a hard link.
    private var targets: [[UInt8]: Target]?

    mutating func append(_ name: [UInt8], _ target: Target) {
        guard targets == nil else {
            targets?[Self.normalized(name)] = target
            return
        }
        members.append((name, target))
    }

    /// Returns the last member with a name. The first call is O(members).
    mutating func target(_ name: [UInt8]) -> Target {
        if targets == nil {
            targets = Dictionary(members.map { (Self.normalized($0.name), $0.target) }) { $1 }
            members = []
        }
        return targets?[Self.normalized(name)] ?? .missing
    }

    /// Returns a name without `.` and doubled slashes: `./a//b` is `a/b`.
    private static func normalized(_ name: [UInt8]) -> [UInt8] {
        let here = [UInt8(ascii: ".")][...]
        return Array(
            name.split(separator: UInt8(ascii: "/")).filter { $0 != here }.joined(separator: [UInt8(ascii: "/")]))
    }
}
