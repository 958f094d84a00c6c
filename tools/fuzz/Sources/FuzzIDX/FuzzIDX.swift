// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import FuzzSupport

@main struct FuzzIDX {
    static func main() {
        fuzz(suffix: ".idx") { (path) throws(ColonnadeError) in
            try drain(try IDXSource(path: path))
        }
    }
}
