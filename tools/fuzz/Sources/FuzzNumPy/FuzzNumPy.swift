// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import FuzzSupport

@main struct FuzzNumPy {
    static func main() {
        fuzz(suffix: ".npy") { (path) throws(ColonnadeError) in
            try drain(try NumPySource(path: path))
        }
    }
}
