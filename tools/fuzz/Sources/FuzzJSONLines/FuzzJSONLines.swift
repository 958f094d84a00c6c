// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import FuzzSupport

@main struct FuzzJSONLines {
    static func main() {
        fuzz(suffix: ".jsonl") { (path) throws(ColonnadeError) in
            try drain(try JSONLinesSource(path: path))
        }
    }
}
