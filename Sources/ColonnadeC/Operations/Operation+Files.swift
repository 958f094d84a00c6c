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
        onKey(
            "load_audio", .option("folder", .path, or: ""), .option("from_memory", .flag, or: false),
            .option("info", .soundInformation), .option("info_key", .text), .option("rate", .integer),
            does:
                "replaces the path of a WAV or AIFF file, or its contents, by the sound, or with `info` by numbers about it; with "
                + "`info_key` both"
        ) { on, key, folder, isInMemory, information, infoKey, rate in
            var on = on
            if information != nil || infoKey != nil {
                let information = information ?? .all
                on =
                    try isInMemory
                    ? on.decodingSoundInformation(key, information, as: infoKey)
                    : on.loadingSoundInformation(key, information, folder: folder, as: infoKey)
                if infoKey == nil { return on }
            }
            if isInMemory { return try on.decodingSound(key, rate: rate) }
            return try on.loadingSound(key, folder: folder, rate: rate)
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
