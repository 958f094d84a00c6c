// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat
import ColonnadeIngest
import ColonnadeStore

extension JSONWriter {
    mutating func info(of version: DatasetVersion) {
        member("file", version.path.readableFileName)
        members(of: version.record)
        key("columns")
        array { json in
            for (index, field) in version.schema.enumerated() {
                json.object { json in
                    json.members(of: field)
                    json.member("codec", version.codec(ofColumn: index).name)
                    if version.hasEntryPoints(ofColumn: index) { json.member("entry_points", true) }
                    json.key("statistics")
                    json.object { $0.members(of: version.statistics(ofColumn: index)) }
                }
            }
        }
        key("metadata")
        object { json in
            for (key, value) in version.metadata { json.member(key, value) }
        }
    }

    mutating func members(of record: VersionRecord) {
        member("version", record.version)
        member("commit", record.commit.description)
        member("time", Double(record.time) / 1000)
        member("operation", record.operation)
        member("rows", record.rowCount)
        member("files", record.fileCount)
        member("bytes", record.byteCount)
        if let job = record.job { member("job", job.description) }
    }
}
