// SPDX-License-Identifier: Apache-2.0

extension String {
    /// The text for a report or a message. Characters that a terminal would obey are escaped, as in `\n`, `\x1b` and
    /// `\u202e`, and so are bytes of file names that are not UTF-8.
    package var visible: String { visible(keepingLines: false) }

    package func visible(keepingLines: Bool) -> String {
        let readable = readableFileName
        guard readable.unicodeScalars.contains(where: \.isCommand) else { return readable }
        var text = String.UnicodeScalarView()
        for scalar in readable.unicodeScalars {
            if !scalar.isCommand || (keepingLines && scalar == "\n") {
                text.append(scalar)
            } else {
                text.append(contentsOf: Self.escape(scalar).unicodeScalars)
            }
        }
        return String(text)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let digits = String(scalar.value, radix: 16)
            let width = scalar.value < 0x100 ? 2 : 4
            return (width == 2 ? "\\x" : "\\u") + String(repeating: "0", count: width - digits.count) + digits
        }
    }
}
