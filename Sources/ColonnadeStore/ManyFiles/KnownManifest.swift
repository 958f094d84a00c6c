// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
package import ColonnadeFormat
import ColonnadeSystem

/// The manifest that a job of this process read or published last. A task reads the newest version several times, and whoever
/// commits opens it: parsing 100,000 files takes 7 ms each time. The memory of one manifest stays in use.
package struct KnownManifest: Sendable {
    private let file: RegularFile.Version
    private let trailer: [UInt8]
    private let manifest: Manifest

    private static let last = Monitor<KnownManifest?>(nil)
    private static let forkCount = Syscalls.forkCount

    /// Whether this process made the lock. In a forked child, a thread of the parent may hold it.
    private static var isOwned: Bool { forkCount == Syscalls.forkCount }

    /// Returns the manifest in a file, if it is the known one: the same file, unchanged, with the same checksum over a random number.
    package static func manifest(at path: String) -> Manifest? {
        guard isOwned, let known = last.withLock({ $0 }), let (file, trailer) = state(of: path), file == known.file,
            trailer == known.trailer
        else { return nil }
        return known.manifest
    }

    /// Notes the manifest in a file.
    ///
    /// - Parameter trailer: the end of the file with that manifest, so that another one which replaced it is not taken for it.
    static func note(_ manifest: Manifest, at path: String, trailer: ArraySlice<UInt8>) {
        guard isOwned, let (file, found) = state(of: path), found[...] == trailer else { return }
        let new = KnownManifest(file: file, trailer: found, manifest: manifest)
        // The old manifest, which may be large, is freed without the lock.
        let old = last.withLock { known in
            defer { known = new }
            return known
        }
        withExtendedLifetime(old) {}
    }

    /// Returns the state of a file, and the trailer that ends it; nil if it cannot be read.
    static func state(of path: String) -> (file: RegularFile.Version, trailer: [UInt8])? {
        guard let file = try? RegularFile(path: path), file.byteCount > ForeverConstants.trailerSize,
            let trailer = try? file.read(file.byteCount - ForeverConstants.trailerSize..<file.byteCount)
        else { return nil }
        return (file.version, trailer)
    }
}
