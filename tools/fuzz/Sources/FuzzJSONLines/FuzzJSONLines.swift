// SPDX-License-Identifier: Apache-2.0

import CFuzzSupport
import Colonnade
import ColonnadeIngest

/// Any bytes as a source of this kind: a schema and rows that fit it, or an error.
@main enum FuzzJSONLines {
    static func main() {
        fuzz_run { bytes, count in
            let path = String(cString: fuzz_file(bytes, count, ".jsonl"))
            guard let source = try? JSONLinesSource(path: path, options: TextOptions()) else { return 0 }
            var rows = 0
            do {
                while let chunk = try source.nextChunk(rowLimit: 1000, byteLimit: 1 << 20) {
                    rows += chunk.rowCount
                    precondition(
                        chunk.columns.count == source.schema.count, "a chunk of other columns than the schema's")
                    // Rows without a byte may be as many as a header says.
                    if rows >= 1 << 16 { return 0 }
                }
                precondition(rows == source.rowCount, "\(rows) rows, and \(source.rowCount) were promised")
            } catch {}
            return 0
        }
    }
}
