// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import FuzzSupport

@main struct FuzzCSV {
    static func main() {
        fuzz(suffix: ".csv") { (path) throws(ColonnadeError) in
            try drain(try CSVSource(path: path))
        }
    }
}
