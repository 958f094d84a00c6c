// SPDX-License-Identifier: Apache-2.0

internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeIngest

extension Operation {
    /// The operations that read files and archives, which apply to buffers and streams.
    static let files: [Operation] = [
        onKey(
            "load_file", .option("folder", .path, or: ""), does: "replaces the path of a file by its contents"
        ) { on, key, folder in try on.loadingFile(key, folder: folder) },
        onKey(
            "load_numpy", .option("folder", .path, or: ""), .option("from_memory", .flag, or: false),
            .option("dtype", .dtype), .option("rank", .integer),
            does:
                "replaces the path of an .npy file, or its contents, by the array; the first sample tells what is not given"
        ) { on, key, folder, isInMemory, dtype, rank in
            if isInMemory { return try on.decodingArray(key, to: dtype, rank: rank) }
            return try on.loadingArray(key, folder: folder, to: dtype, rank: rank)
        },
        Operation(
            "read_from_tar", .need("key", .text), .need("output", .text), .need("archive", .path),
            .option("from_key", .flag, or: false), .option("folder", .path, or: ""), .option("prefix", .path, or: ""),
            .option("nested", .flag, or: false),
            does:
                "adds the contents of the file that `key` names in a tar archive; with `from_key`, `archive` is the key of its path"
        ) { on, key, output, archive, isFromKey, folder, prefix, isNested in
            if isFromKey {
                return try on.readingMember(
                    key, ofTarNamedBy: archive, folder: folder, prefix: prefix, expandingNested: isNested, as: output)
            }
            return try on.readingMember(
                key, ofTar: archive, prefix: prefix, expandingNested: isNested, as: output)
        },
    ]
}
