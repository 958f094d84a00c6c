// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import FuzzSupport

@main struct FuzzSound {
    static func main() {
        fuzz(suffix: ".wav") { (path) throws(ColonnadeError) in
            let sound = try buffer(naming: path).loadingSoundInformation("path", as: "information")
                .loadingSound("path")
            let sample = try sound[0]
            let frames = try sample.tensor("information").elements(as: Int64.self)
            precondition(
                try sample.tensor("path").shape == [Int(frames[0]), Int(frames[1])], "another shape than was said")
        }
    }
}
