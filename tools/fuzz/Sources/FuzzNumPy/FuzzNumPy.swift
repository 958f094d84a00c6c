// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import FuzzSupport

@main struct FuzzNumPy {
    static func main() {
        fuzz(suffix: ".npy") { (path) throws(ColonnadeError) in
            // The contents of one file, as a source and as a value.
            _ = try? buffer(naming: path).loadingArray("path")[0]
            try drain(try NumPySource(path: path))
        }
    }
}
