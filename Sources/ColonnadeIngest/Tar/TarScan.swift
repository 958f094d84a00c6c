// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// Reads the headers of a tar archive, one after another.
struct TarScan {
    typealias Found = (_ name: [UInt8], _ range: Range<Int>) -> Void

    /// The largest header of names and records.
    private static let longestRecords = 1 << 20
    /// The longest name, which is that of paths in Linux.
    private static let longestName = 4096
    /// The deepest level of archives in archives.
    private static let deepest = 32
    /// The bytes that one call reads: a header, and those that follow small files.
    private static let windowSize = 4096

    let path: String
    let isNested: Bool
    /// Whether a symbolic link, device or pipe is an error; otherwise it is left out. A hard link has the contents of its target.
    private let refusesLinks: Bool
    private var meter = InterruptMeter()
    private var window: (start: Int, bytes: [UInt8]) = (0, [])

    init(path: String, isNested: Bool, refusesLinks: Bool = false) {
        self.path = path
        self.refusesLinks = refusesLinks
        self.isNested = isNested
    }

    /// Reads the archive in a range of bytes, and passes on each file. `folder` comes before its name, if it is not empty.
    mutating func archive(
        _ range: Range<Int>, folder: [UInt8], depth: Int, _ read: TarIndex.Read, _ found: Found
    ) throws(ColonnadeError) {
        guard depth < Self.deepest else {
            throw failure("archives are nested more than \(Self.deepest) deep: unpack the inner ones", range.lowerBound)
        }
        var global = TarRecords()
        var extended = TarRecords()
        var longName: [UInt8]?
        var longLinkName: [UInt8]?
        var links = TarLinks()
        var offset = range.lowerBound
        while true {
            try meter.advanceByRow()
            guard let header = try header(offset, range, folder, read) else { return }
            offset += TarHeader.blockSize
            // Records that describe another record do not exist.
            let isMember: Bool
            switch header.kind {
            case .longName, .longLinkName, .extended, .global: isMember = false
            default: isMember = true
            }
            var byteCount = isMember ? extended.byteCount ?? global.byteCount ?? header.byteCount : header.byteCount
            let ownName = extended.path ?? longName ?? global.path ?? header.name
            let linkName = extended.linkPath ?? longLinkName ?? global.linkPath ?? header.linkName
            let name = folder + ownName
            let target = header.kind == .hardLink ? try self.target(linkName, of: name, offset, &links) : .empty
            if header.kind == .empty || header.kind == .hardLink, target == .empty {
                if refusesLinks, !header.isFolder {
                    throw failure(
                        header.kind == .empty
                            ? "\(quoted(ownName)) is a symbolic link, a device or a pipe, and has no contents: make the archive again "
                                + "with --dereference"
                            : "\(quoted(ownName)) is a hard link to \(quoted(linkName)), which is a folder, a symbolic link, a device or "
                                + "a pipe, and has no contents: make the archive again with --dereference, or leave the link out",
                        offset - TarHeader.blockSize)
                }
                links.append(ownName, .empty)
                (extended, longName, longLinkName) = (TarRecords(), nil, nil)
                continue
            }
            // The header of a hard link may have the size of its target, and no contents follow.
            if header.kind == .hardLink { byteCount = 0 }
            let padding = (TarHeader.blockSize - byteCount % TarHeader.blockSize) % TarHeader.blockSize
            guard byteCount <= range.upperBound - offset else {
                throw failure(
                    "the contents of \(quoted(header.name)) end after the archive, which is truncated or damaged: get it again",
                    offset)
            }
            let end = offset + byteCount
            var contents = offset..<end
            if case .file(let range) = target { contents = range }
            switch header.kind {
            case .longName:
                longName = Array(try records(contents, read).prefix { $0 != 0 })
            case .extended:
                try self.read(contents, into: &extended, read)
            case .global:
                try self.read(contents, into: &global, read)
            case .sparse: throw sparse(header, offset)
            case .continued:
                throw failure(
                    "\(quoted(header.name)) begins in another part of the archive: make the archive again in one part",
                    offset - TarHeader.blockSize)
            case .longLinkName:
                longLinkName = Array(try records(contents, read).prefix { $0 != 0 })
            case .file, .hardLink:
                guard !extended.isSparse, !global.isSparse else { throw sparse(header, offset) }
                links.append(ownName, .file(contents))
                guard name.count <= Self.longestName else {
                    throw failure(
                        "the name of a file has \(name.count) bytes, and \(Self.longestName) are the limit", offset)
                }
                if isNested, name.ends(with: ".tar") {
                    try archive(
                        contents, folder: name.dropLast(4) + [UInt8(ascii: "/")], depth: depth + 1, read, found)
                } else if name.last != UInt8(ascii: "/") {
                    // The oldest archives have folders as files whose name ends so.
                    found(name, contents)
                }
            case .other, .empty: break
            }
            if isMember { (extended, longName, longLinkName) = (TarRecords(), nil, nil) }
            // The last block may be cut at the end of the contents; then the blocks of zeros are missing.
            offset = min(end + padding, range.upperBound)
        }
    }

    /// Returns the target of the hard link whose header ends at an offset.
    ///
    /// Throws `invalidSource` for a target that is missing. A second name of an archive in the archive is an error too: with one on each
    /// level the number of members is exponential in the number of levels.
    private func target(
        _ linkName: [UInt8], of name: [UInt8], _ offset: Int, _ links: inout TarLinks
    ) throws(ColonnadeError) -> TarLinks.Target {
        let target = links.target(linkName)
        let link = "\(quoted(name)) is a hard link to \(quoted(linkName))"
        guard target != .missing else {
            throw failure(
                "\(link), which is no earlier member: make the archive again with both, or with --hard-dereference",
                offset - TarHeader.blockSize)
        }
        guard target == .empty || !isNested || !name.ends(with: ".tar") else {
            throw failure(
                "\(link), an archive whose members would have two names: make the archive again without the link, or with "
                    + "--hard-dereference", offset - TarHeader.blockSize)
        }
        return target
    }

    /// Reads the header at an offset; nil at the end of the archive.
    private mutating func header(
        _ offset: Int, _ range: Range<Int>, _ folder: [UInt8], _ read: TarIndex.Read
    ) throws(ColonnadeError) -> TarHeader? {
        let size = TarHeader.blockSize
        guard range.upperBound - offset >= size else {
            guard offset > range.lowerBound else { throw other(range, folder, Array(try bytes(range, range, read))) }
            throw failure(
                "the archive ends without the blocks of zeros that mark its end, so it is truncated: get it again, or append 1024 "
                    + "zero bytes if nothing is missing", offset)
        }
        let block = try bytes(offset..<offset + size, range, read)
        if TarHeader.isEnd(block) {
            // A block of zeros alone ends an archive only at its last byte.
            let next = offset + size..<min(offset + 2 * size, range.upperBound)
            guard TarHeader.isEnd(try bytes(next, range, read)) else {
                throw failure("a block of zeros is between its members: it is damaged, get it again", offset)
            }
            try checkEnd(next.upperBound, range, read)
            return nil
        }
        do throws(TarHeader.Fault) {
            return try TarHeader(block)
        } catch {
            switch error {
            case .checksum where offset == range.lowerBound: throw other(range, folder, Array(block))
            case .checksum:
                throw failure("the checksum of a header is wrong: the archive is damaged, get it again", offset)
            case .size: throw failure("the size in a header is no number: the archive is damaged, get it again", offset)
            }
        }
    }

    /// Throws `invalidSource` if anything but zeros follows the end of the archive, such as another archive.
    private mutating func checkEnd(_ end: Int, _ range: Range<Int>, _ read: TarIndex.Read) throws(ColonnadeError) {
        var offset = end
        let last = min(range.upperBound, end + Self.longestRecords)
        while offset < last {
            let piece = offset..<min(offset + Self.windowSize, last)
            guard try bytes(piece, range, read).allSatisfy({ $0 == 0 }) else {
                throw failure(
                    "other bytes follow the end of the archive: join archives by tar --concatenate, or cut the file there",
                    end)
            }
            offset = piece.upperBound
        }
    }

    /// Returns bytes of the archive. Few more are read with them.
    private mutating func bytes(
        _ wanted: Range<Int>, _ range: Range<Int>, _ read: TarIndex.Read
    ) throws(ColonnadeError) -> ArraySlice<UInt8> {
        if wanted.lowerBound < window.start || wanted.upperBound > window.start + window.bytes.count {
            let end = min(max(wanted.upperBound, wanted.lowerBound + Self.windowSize), range.upperBound)
            window = (wanted.lowerBound, try read(wanted.lowerBound..<end))
        }
        return window.bytes[wanted.lowerBound - window.start..<wanted.upperBound - window.start]
    }

    /// Returns the contents of a header of names or records.
    private func records(_ contents: Range<Int>, _ read: TarIndex.Read) throws(ColonnadeError) -> [UInt8] {
        guard contents.count <= Self.longestRecords else {
            throw failure(
                "a header of names has \(contents.count) bytes, and \(Self.longestRecords) is the limit: the archive is "
                    + "damaged", contents.lowerBound)
        }
        return try read(contents)
    }

    private func read(
        _ contents: Range<Int>, into records: inout TarRecords, _ read: TarIndex.Read
    ) throws(ColonnadeError) {
        let bytes = try self.records(contents, read)
        if let wrong = records.read(bytes[...]) {
            throw failure(
                "a record of an extended header is damaged: get the archive again", contents.lowerBound + wrong)
        }
    }
}

extension [UInt8] {
    fileprivate func ends(with suffix: String) -> Bool {
        count > suffix.utf8.count && self.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }
}
