// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The samples of one tar archive, with the places of their members.
struct WebDatasetShard {
    let file: SharedFile
    private(set) var samples: [WebDatasetSample] = []

    /// Reads all headers, groups the members, and keeps those of the columns for which `takes` is true.
    ///
    /// Throws `fileNotFound`, `system`, and `invalidSource` for an archive that is damaged or compressed, or has symbolic links or
    /// files with holes. O(members).
    init(path: String, takes: (_ column: String) -> Bool) throws(ColonnadeError) {
        let file = try SharedFile(path: path)
        var scan = TarScan(path: path, isNested: false, refusesLinks: true)
        var samples: [WebDatasetSample] = []
        let read: TarIndex.Read = { (range) throws(ColonnadeError) in try file.read(range) }
        try scan.archive(0..<file.byteCount, folder: [], depth: 0, read) { name, range in
            guard let (key, column, fault) = WebDatasetSample.parsed(name) else { return }
            // A member that is not taken begins or continues a sample too: samples do not depend on the chosen columns.
            if fault != nil || samples.last?.key.hasBytes(of: key) != true {
                samples.append(WebDatasetSample(key, fault: fault))
            }
            if takes(column) { samples[samples.count - 1].append(.init(column: column, range: range)) }
        }
        self.file = file
        self.samples = samples
    }
}
