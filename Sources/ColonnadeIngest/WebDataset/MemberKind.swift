// SPDX-License-Identifier: Apache-2.0

/// The kind of value that a member of a WebDataset sample becomes, by its extension as WebDataset decodes it.
enum MemberKind: Sendable {
    /// A picture or sound, whose first bytes tell its type.
    case media
    case text
    case integer
    case json
    case array

    private static let extensions: [(kind: MemberKind, names: Set<String>)] = [
        (
            .media,
            [
                "jpg", "jpeg", "png", "webp", "gif", "bmp", "pbm", "pgm", "ppm", "pnm", "tga", "wav", "flac", "mp3",
                "ogg",
                "opus", "aif", "aiff",
            ]
        ),
        (.text, ["txt", "text", "transcript"]), (.integer, ["cls", "cls2", "class", "count", "index", "inx", "id"]),
        (.json, ["json", "jsn"]), (.array, ["npy"]),
    ]

    static let summary = "jpg, png, webp, gif, bmp, wav, flac, mp3, ogg, txt, cls, json and npy"

    /// Finds the kind of a column, by the part of its name after the last dot. Nil for other extensions.
    init?(column: String) {
        let name = column.split(separator: ".").last.map(String.init) ?? ""
        guard let entry = Self.extensions.first(where: { $0.names.contains(name) }) else { return nil }
        self = entry.kind
    }

    /// Whether a column of a data set is made of a JSON member: `json.caption`.
    static func isJSON(field name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.contains { Self(column: String($0)) == .json }
    }
}
