// SPDX-License-Identifier: Apache-2.0
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CColonnade
internal import ColonnadeCore
internal import ColonnadeMedia
internal import ColonnadeStore

@c @implementation
public func colonnade_verify(
    _ path: UnsafePointer<CChar>, _ hasMedia: Bool, _ progress: colonnade_progress?,
    _ context: UnsafeMutableRawPointer?, _ problems: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
    _ error: UnsafeMutablePointer<colonnade_error>?
) -> Int64 {
    let count = unsafe Failure.caught(error) { () throws(ColonnadeError) in
        let path = unsafe String(path: path)
        func goesOn(rows: Int, bytes: Int) -> Bool { unsafe progress?(context, Int64(rows), Int64(bytes)) ?? true }
        var found =
            try DatasetFolder.isFolder(path)
            ? try FolderVerifier.verify(path: path) { done, _ in goesOn(rows: 0, bytes: done) }.problems
            : try DatasetVerifier.verify(path: path) { done, _ in goesOn(rows: 0, bytes: done) }.problems
        if hasMedia, found.isEmpty {
            found = try MediaVerifier.verify(path: path) { done, _ in goesOn(rows: done, bytes: 0) }.problems
        }
        if let problems = unsafe problems, !found.isEmpty {
            unsafe problems.pointee = CTexts.copy(found.map(\.description.visible).joined(separator: "\n"))
        }
        return found.count
    }
    return count.map { Int64($0) } ?? -1
}
