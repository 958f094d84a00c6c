// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

extension Arguments.Value {
    var integers: [Int]? { if case .integers(let integers) = self { integers } else { nil } }

    /// The integer of a value that has exactly one; otherwise nil.
    var integer: Int? { integers.flatMap { $0.count == 1 ? $0[0] : nil } }

    /// The texts of the value. An empty list, whose kind is not known, has no texts.
    var texts: [[UInt8]]? {
        switch self {
        case .texts(let texts): texts
        case .integers([]): []
        default: nil
        }
    }

    /// The text of a value that has exactly one; otherwise nil.
    var text: [UInt8]? { texts.flatMap { $0.count == 1 ? $0[0] : nil } }

    /// Returns the numbers of the value, which may be given as integers. Throws `invalidArgument` for integers that a
    /// `Double` cannot represent.
    func numbers(_ name: String) throws(ColonnadeError) -> [Double]? {
        switch self {
        case .numbers(let numbers): return numbers
        case .integers(let integers):
            return try integers.map { (integer) throws(ColonnadeError) in
                guard let number = Double(exactly: integer) else {
                    throw ColonnadeError(
                        .invalidArgument,
                        "\(name) is \(integer), and whole numbers beyond 2⁵³ lose digits here: give a float")
                }
                return number
            }
        default: return nil
        }
    }

    var pipelines: [PipelineHandle]? {
        switch self {
        case .pipelines(let pipelines): pipelines
        case .integers([]): []
        default: nil
        }
    }
}
