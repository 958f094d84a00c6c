// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import ColonnadeCore

extension DType {
    /// Makes the data type with a number. Throws `invalidArgument` if there is none.
    init(number: Int32) throws(ColonnadeError) {
        guard let byte = UInt8(exactly: number), let dtype = DType(rawValue: byte) else {
            throw ColonnadeError(.invalidArgument, "\(number) is not the number of a data type")
        }
        self = dtype
    }
}
