// SPDX-License-Identifier: Apache-2.0

internal import CColonnade
internal import Colonnade
internal import ColonnadeCore
internal import ColonnadeMedia

extension ArgumentKind where Value: Equatable {
    /// Returns the kind of a text that must be one of several words.
    static func choice(_ choices: KeyValuePairs<String, Value>) -> Self {
        let words = choices.map { Literal.quoted($0.key) }
        let name = words.dropLast().joined(separator: ", ") + " or " + words.last!
        let literal: @Sendable (Value) -> String = { value in
            Literal.quoted(choices.first { $0.value == value }!.key)
        }
        return Self(COLONNADE_TEXT, name, literal: literal) { (value, name) throws(ColonnadeError) in
            guard let text = value.text.map({ String(decoding: $0, as: UTF8.self) }) else { return nil }
            if let choice = choices.first(where: { $0.key == text }) { return choice.value }
            throw ColonnadeError(
                .invalidArgument, "\(name) is one of \(words.joined(separator: ", ")), not \"\(text)\"")
        }
    }
}

extension ArgumentKind where Value == ShardRemainder {
    static var remainder: Self { choice(["drop": .drop, "repeat": .repeat, "mask": .mask()]) }
}

extension ArgumentKind where Value == ClassNameRule {
    static var classNames: Self { choice(["same": .same, "by_name": .byName, "drop": .drop]) }
}

extension ArgumentKind where Value == Exhaustion {
    static var exhaustion: Self { choice(["stop": .stop, "leave_out": .leaveOut, "begin_anew": .beginAnew]) }
}

extension ArgumentKind where Value == Overlong {
    static var overlong: Self {
        choice(["split": .split, "truncate": .truncate, "drop": .leaveOut, "refuse": .refuse])
    }
}

extension ArgumentKind where Value == ResizeFilter {
    static var resizeFilter: Self { choice(["triangle": .triangle, "bicubic": .bicubic, "nearest": .nearest]) }
}

extension ArgumentKind where Value == ChannelReduction {
    static var channelReduction: Self {
        choice([
            "default": .rec601, "rec601": .rec601, "rec709": .rec709, "rec2020": .rec2020, "green": .green,
        ])
    }
}

extension ArgumentKind where Value == PictureLayout {
    static var layout: Self { choice(["chw": .channelsFirst, "hwc": .channelsLast]) }
}

extension ArgumentKind where Value == ImageOptions.Alpha {
    static var alpha: Self { choice(["drop": .dropFromColor, "keep": .keep]) }
}

extension ArgumentKind where Value == ImageOptions.Channels {
    static var imageChannels: Self { choice(["stored": .stored, "rgb": .rgb]) }
}

extension ArgumentKind where Value == ImageOptions.Orientation {
    static var orientation: Self { choice(["apply": .apply, "keep": .keep]) }
}
