// SPDX-License-Identifier: Apache-2.0

/// The metadata of a file that tells how a column of pictures is stored.
extension Field {
    /// The key of the metadata.
    package var storageKey: String { "\(name).storage" }

    /// The text for pixels whose number of channels varies, so that a batch of rows of the file does not pad channels; nil for other
    /// values.
    package var storageOfPixels: String? {
        guard kind == .tensor, shape.count == 3, let channelPlace else { return nil }
        return Field.storages.first { $0.place == channelPlace && shape[$0.dimension] == nil }?.text
    }

    /// Returns the place of channels that the text tells; nil for other values and texts.
    package func channelPlace(ofStorage text: String) -> ChannelPlace? {
        guard kind == .tensor, shape.count == 3 else { return nil }
        return Field.storages.first { $0.text.hasBytes(of: text) && shape[$0.dimension] == nil }?.place
    }

    private static let storages: [(text: String, place: ChannelPlace, dimension: Int)] = [
        ("raw", .last, 2), ("raw,chw", .first, 0),
    ]
}
