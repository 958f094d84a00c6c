// SPDX-License-Identifier: Apache-2.0

import Colonnade
import ColonnadeIngest
import ColonnadeMedia
import FuzzSupport

/// Sources that consist of files: shards of a WebDataset, annotations of COCO, and the tables of folders. The first bytes decide which
/// one reads the input, and the number of bytes whether bad files are left out.
@main struct FuzzSources {
    static func main() {
        for folder in ["table", "records"] {
            makeFolder(folder)
            for name in ["a.pgm", "b.pgm"] { writeFile(Array("P5 1 1 255 0".utf8), to: "\(folder)/\(name)") }
        }
        fuzz(resealing: resealedTar) { (bytes) throws(ColonnadeError) in
            var options = IngestOptions()
            options.media = MediaFiles()
            if bytes.count % 2 == 1 { options.skipped = SkippedFiles() }
            if bytes.count % 3 == 1 { options.text.masks = true }
            let path: String
            if bytes.count >= 512, bytes[257..<262].elementsEqual("ustar".utf8) {
                path = "shard.tar"
                writeFile(bytes, to: path)
                options.text.masks = options.text.masks && bytes.contains(UInt8(ascii: "{"))
            } else if bytes.starts(with: #"{"images""#.utf8) {
                path = "annotations.json"
                writeFile(bytes, to: path)
                (options.imageRoot, options.text.masks) = ("table", false)
            } else {
                path = bytes.first == UInt8(ascii: "{") ? "records" : "table"
                writeFile(bytes, to: "\(path)/metadata.\(path == "records" ? "jsonl" : "csv")")
            }
            try Ingestor(paths: [path], options: options).rehearse()
        }
    }
}
