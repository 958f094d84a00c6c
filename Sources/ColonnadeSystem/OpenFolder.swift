// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore

/// A folder that is open: files are made in it, whatever its path leads to meanwhile.
package struct OpenFolder: ~Copyable {
    private let descriptor: Syscalls.Descriptor

    /// Opens the folder `place.path` / `place.name`, unless a part of the name is a link or `..`. Throws `fileNotFound`, `system`.
    ///
    /// - Parameter path: the path that errors name.
    package init(_ place: FolderPlace, path: String) throws(ColonnadeError) {
        descriptor = try Syscalls.open(place.name, inside: place.path, path: path)
    }

    deinit { Syscalls.close(descriptor) }

    /// Writes a file under a temporary name, and renames it to one without slashes. The file is not synchronized: a loss of power may lose
    /// it. Throws `system`.
    ///
    /// - Parameter path: the path that errors name.
    package func replace(_ name: String, by bytes: [UInt8], path: String) throws(ColonnadeError) {
        // No other process that writes to the folder has the same number.
        let temporary = ".colonnade-\(String(UInt64.random(in: .min ... .max), radix: 16)).part"
        let file = try Syscalls.create(temporary, in: descriptor, permissions: 0o666, path: path)
        defer { Syscalls.close(file) }
        do throws(ColonnadeError) {
            try Syscalls.write(file, bytes, path: path)
            try Syscalls.rename(temporary, to: name, in: descriptor, path: path)
        } catch {
            try? Syscalls.unlink(temporary, in: descriptor, path: path)
            throw error
        }
    }
}
