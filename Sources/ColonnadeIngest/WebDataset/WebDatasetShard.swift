// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The samples of one tar archive, with the places of their members.
struct WebDatasetShard {
    let file: SharedFile
    private(set) var samples: [WebDatasetSample] = []

    /// Reads all headers, and keeps the members of those columns for which `takes` is true.
    ///
    /// Throws `fileNotFound`, `system`, and `invalidSource` for an archive that is damaged or compressed, or has links or files with
    /// holes. O(members).
    init(path: String, takes: (_ column: String) -> Bool) throws(ColonnadeError) {
        let file = try SharedFile(path: path)
        var scan = TarScan(path: path, isNested: false, refusesLinks: true)
        var samples: [WebDatasetSample] = []
        let read: TarIndex.Read = { (range) throws(ColonnadeError) in try file.read(range) }
        try scan.archive(0..<file.byteCount, folder: [], depth: 0, read) { name, range in
            guard let (key, column, fault) = WebDatasetSample.parsed(name), fault != nil || takes(column) else {
                return
            }
            let member = WebDatasetSample.Member(column: column, range: range)
            if fault == nil, let last = samples.last, last.key.hasBytes(of: key) {
                samples[samples.count - 1].append(member)
            } else {
                samples.append(WebDatasetSample(key, member, fault: fault))
            }
        }
        self.file = file
        self.samples = samples
    }
}
