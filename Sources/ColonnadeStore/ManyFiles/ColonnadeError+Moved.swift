// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension ColonnadeError {
    /// Returns the error with the path of a data set that is made from a file replaced by that of the file.
    func moved(from folder: String, to path: String) -> ColonnadeError {
        guard case .file(let place, _) = place, place.utf8.starts(with: folder.utf8), folder != path else {
            return self
        }
        return ColonnadeError(code, message, at: .file(path), rule: rule)
    }
}
