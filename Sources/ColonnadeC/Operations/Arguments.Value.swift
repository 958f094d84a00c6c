// SPDX-License-Identifier: Apache-2.0

internal import ColonnadeCore

extension Arguments.Value {
    var integers: [Int]? { if case .integers(let integers) = self { integers } else { nil } }

    /// The only integer; nil for none and for several.
    var integer: Int? { integers.flatMap { $0.count == 1 ? $0[0] : nil } }

    /// The texts; none for an empty list, which is of any kind.
    var texts: [[UInt8]]? {
        switch self {
        case .texts(let texts): texts
        case .integers([]): []
        default: nil
        }
    }

    /// The only text; nil for none and for several.
    var text: [UInt8]? { texts.flatMap { $0.count == 1 ? $0[0] : nil } }

    /// The numbers, also where they were given as integers. Throws `invalidArgument` for integers that are no `Double`.
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
