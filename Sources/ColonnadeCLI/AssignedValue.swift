// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

/// A value that can follow `name=` on the command line.
protocol AssignedValue {
    static var mayContainEqualsSign: Bool { get }
    init?(assigned text: Substring)
}

extension AssignedValue {
    static var mayContainEqualsSign: Bool { false }
}

extension String: AssignedValue {
    static var mayContainEqualsSign: Bool { true }
    init?(assigned text: Substring) { self = String(text) }
}

extension DType: AssignedValue {
    init?(assigned text: Substring) { self.init(name: String(text)) }
}
