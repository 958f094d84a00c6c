// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeCore
import ColonnadeSystem

/// The picture files that a pipeline writes.
struct SavedImages: Sendable {
    let names: NamedFiles
    let folder: String
    let prefix: String
    let quality: Int

    /// Writes a picture, or each frame of a film, to the file that a value names.
    func save(_ image: Tensor, as name: Tensor) throws(ColonnadeError) {
        do throws(ColonnadeError) {
            let stem = try path(name)
            let target = try openFolder(of: stem)
            guard image.rank == 4 else { return try write(image, to: stem + ".jpg", in: target) }
            for frame in 0..<image.shape[0] {
                let digits = String(frame)
                let number = String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
                try write(image[frame], to: "\(stem).\(number).jpg", in: target)
            }
        } catch {
            throw error.namingFile
        }
    }

    /// Returns the path of a file without its suffix. Throws `invalidSource` for a name without a last part.
    private func path(_ value: Tensor) throws(ColonnadeError) -> String {
        let name = prefix + (try names.path(value))
        let slash = UInt8(ascii: "/")
        let base = folder.isEmpty || folder.utf8.last == slash ? folder : folder + "/"
        let path = base + name
        let last = path.utf8.split(separator: slash, omittingEmptySubsequences: false).last.map(Array.init) ?? []
        guard !last.isEmpty, last != [0x2E], last != [0x2E, 0x2E] else {
            throw ColonnadeError(
                .invalidSource, "it is a folder, and no name for a picture: name a file", at: .file(path))
        }
        // A name may begin with a dot, which begins no suffix.
        guard let dot = last.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return path }
        return String(path.utf8.dropLast(last.count - dot)) ?? path
    }

    /// Opens the folder of a file, which is the given one or inside of it, once links and `..` are followed. Throws `fileNotFound`,
    /// `invalidSource` for a folder outside of it, `system`.
    private func openFolder(of path: String) throws(ColonnadeError) -> OpenFolder {
        let place = OutputPath.folder(of: path)
        do throws(ColonnadeError) {
            return try open(place, of: path)
        } catch {
            guard error.code == .fileNotFound else { throw error }
            throw ColonnadeError(
                .fileNotFound, "its folder \(place.readableFileName) does not exist: make it first",
                at: .file(path + ".jpg"))
        }
    }

    private func open(_ place: String, of path: String) throws(ColonnadeError) -> OpenFolder {
        guard !folder.isEmpty else { return try OpenFolder((place, "."), path: path) }
        guard let real = Syscalls.realPath(place), let root = Syscalls.realPath(folder) else {
            // Opening it tells why.
            _ = try OpenFolder((place, "."), path: path)
            throw ColonnadeError(
                .fileNotFound, "its folder did not exist a moment ago: run this again", at: .file(path))
        }
        guard let name = real.hasBytes(of: root) ? "." : NamedFiles.name(real, in: root) else {
            throw ColonnadeError(
                .invalidSource, "it is outside of the folder for pictures: give no folder if names may be any path",
                at: .file(path))
        }
        return try OpenFolder((root, name), path: path)
    }

    private func write(_ image: Tensor, to path: String, in target: borrowing OpenFolder) throws(ColonnadeError) {
        try target.replace(OutputPath.name(of: path), by: try JPEG.encode(image, quality: quality), path: path)
    }
}
