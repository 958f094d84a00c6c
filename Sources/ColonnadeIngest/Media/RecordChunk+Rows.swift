// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore

extension RecordChunk {
    /// Appends a row whose values fit the first fields of a schema.
    mutating func append(_ row: [RowValue], _ schema: Schema) {
        for (index, value) in row.enumerated() {
            columns[index].values += value.bytes
            guard schema[index].isRagged else { continue }
            columns[index].ends.append(columns[index].byteCount)
            columns[index].dimensions += value.dimensions
            if let entryPoints = value.entryPoints { columns[index].appendEntryPoints(entryPoints) }
        }
        rowCount += 1
    }
}
