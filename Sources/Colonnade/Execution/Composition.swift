// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A sample that is made of other samples.
protocol Composition: Sendable {
    var identity: (row: Int, epoch: Int) { get }
    func make() throws(ColonnadeError) -> Sample
}
