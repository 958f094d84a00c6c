// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import FuzzSupport

@main struct FuzzTar {
    static func main() {
        fuzz(suffix: ".tar", resealing: resealedTar) { (path) throws(ColonnadeError) in
            let files = try Buffer.files(ofTar: path, expandingNested: true)
            let contents = try files.readingMember("file", ofTar: path, expandingNested: true, as: "contents")
            for index in 0..<min(contents.count, 100) { _ = try contents[index] }
        }
    }
}
