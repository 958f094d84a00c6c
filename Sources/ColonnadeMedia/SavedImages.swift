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
            guard image.rank == 4 else { return try write(image, to: stem + ".jpg") }
            for frame in 0..<image.shape[0] {
                let digits = String(frame)
                let number = String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
                try write(image[frame], to: "\(stem).\(number).jpg")
            }
        } catch {
            throw error.namingFile
        }
    }

    /// Returns the path of a file without its suffix. Throws `invalidSource` for a name without a last part, and for a file outside of the
    /// folder.
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
        try checkInside(path)
        // A name may begin with a dot, which begins no suffix.
        guard let dot = last.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return path }
        return String(path.utf8.dropLast(last.count - dot)) ?? path
    }

    /// Throws `invalidSource` unless the folder of a file is the given one or inside of it, once links and `..` are followed. A folder
    /// that does not exist is an error when the file is created.
    private func checkInside(_ path: String) throws(ColonnadeError) {
        guard !folder.isEmpty, let real = Syscalls.realPath(OutputPath.folder(of: path)),
            let root = Syscalls.realPath(folder)
        else { return }
        let start = root.utf8.last == UInt8(ascii: "/") ? root : root + "/"
        guard (real + "/").utf8.starts(with: start.utf8) else {
            throw ColonnadeError(
                .invalidSource, "it is outside of the folder for pictures: give no folder if names may be any path",
                at: .file(path))
        }
    }

    /// Writes a file under a temporary name, and renames it. The file is not synchronized: a loss of power may lose it.
    private func write(_ image: Tensor, to path: String) throws(ColonnadeError) {
        let bytes = try JPEG.encode(image, quality: quality)
        // No other process that writes to the folder has the same number.
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        let temporary = "\(OutputPath.folder(of: path))/.colonnade-\(number).jpg.part"
        let file = try WritableFile(creating: temporary, permissions: 0o666, for: path)
        do throws(ColonnadeError) {
            try file.write(bytes, at: 0)
            try Syscalls.rename(temporary, to: path)
        } catch {
            try? Syscalls.unlink(temporary)
            throw error
        }
    }
}
