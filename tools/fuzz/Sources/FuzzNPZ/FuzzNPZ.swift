// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import FuzzSupport

@main struct FuzzNPZ {
    static func main() {
        fuzz(suffix: ".npz") { (path) throws(ColonnadeError) in
            try drain(try NPZSource(path: path))
        }
    }
}
