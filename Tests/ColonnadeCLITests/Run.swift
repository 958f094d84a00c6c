// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The result of a run of the command.
struct Run {
    /// The exit code; nil if a signal ended the command.
    var status: Int32?
    var output: String
    var errors: String

    /// Returns the report. Throws unless the output is exactly one JSON object.
    func json() throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any], "\(output)\(errors)")
    }

    /// Returns the JSON objects of the output, one for each line.
    func jsonLines() throws -> [[String: Any]] {
        try output.split(separator: "\n").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
        }
    }
}
