// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore

extension PictureStorage {
    /// The quality of JPEG files if none is given.
    private static let usualQuality = 90

    /// Parses `encoded`, `encoded,baseline`, `encoded,max-side=512,quality=90`, `raw`, `raw-if-small` or `mixed=0.5`.
    /// Throws `invalidArgument` for anything else.
    public init(parsing text: String) throws(ColonnadeError) {
        let words = text.split(separator: ",", omittingEmptySubsequences: false)
        if let known = Self.withoutNumbers.first(where: { $0.description.hasBytes(of: text) }) {
            self = known
            return
        }
        if text.startsWithBytes(of: "mixed="), words.count == 1 {
            guard let share = Double(String(text.utf8.dropFirst(6)) ?? ""), share > 0, share <= 1 else {
                throw Self.refusal(of: text)
            }
            self = .mixed(share: share)
            return
        }
        var (side, quality): (Int?, Int?) = (nil, nil)
        for word in words.dropFirst() {
            let (name, value) = String(word).cut(at: "=") ?? (String(word), "")
            switch name {
            case "max-side" where side == nil: side = Int(value)
            case "quality" where quality == nil: quality = Int(value)
            default: throw Self.refusal(of: text)
            }
            guard (name == "quality" ? quality : side) != nil else { throw Self.refusal(of: text) }
        }
        guard words.first == "encoded", let side, (1...65_500).contains(side), (1...100).contains(quality ?? 1) else {
            throw Self.refusal(of: text)
        }
        self = .reduced(side: side, quality: quality ?? Self.usualQuality)
    }

    private static let withoutNumbers: [PictureStorage] = [.encoded, .baseline, .raw, .mixed(share: 1)]

    private static func refusal(of text: String) -> ColonnadeError {
        ColonnadeError(
            .invalidArgument,
            "\"\(text)\" is no storage of pictures: it is encoded, encoded,baseline, raw, raw-if-small, mixed=0.5 with a share above 0 "
                + "and up to 1, or encoded,max-side=512,quality=90 with a side of 1 to 65500 and a quality of 1 to 100")
    }
}

extension PictureStorage: CustomStringConvertible {
    /// The storage as `init(parsing:)` takes it.
    public var description: String {
        switch self {
        case .encoded: "encoded"
        case .baseline: "encoded,baseline"
        case .mixed(let share): share == 1 ? "raw-if-small" : "mixed=\(share)"
        case .raw: "raw"
        case .reduced(let side, let quality): "encoded,max-side=\(side),quality=\(quality)"
        }
    }
}
