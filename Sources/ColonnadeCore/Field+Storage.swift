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
        guard kind == .tensor, shape.count == 3,
            let place = Field.storages.first(where: { $0.text.hasBytes(of: text) })?.place,
            place.other(in: shape) == nil
        else { return nil }
        return place
    }

    private static let storages: [(text: String, place: ChannelPlace, dimension: Int)] = [
        ("raw", .last, 2), ("raw,chw", .first, 0),
    ]

    /// Whether the pictures or sounds may have different numbers of channels.
    package var variesInChannels: Bool {
        switch channelPlace {
        case nil: false
        case .last: !shape.isEmpty && shape[shape.count - 1] == nil
        case .first: shape.count >= 3 && shape[shape.count - 3] == nil
        case .unknown: true
        }
    }

    /// Throws `invalidArgument` if pictures for this column of a data set have their channels elsewhere: readers would take widths for
    /// channels.
    ///
    /// - Parameters:
    ///   - other: the place of their channels, as far as it is known.
    ///   - place: the location for the error.
    package func checkChannels(_ other: ChannelPlace?, at place: ColonnadeError.Place) throws(ColonnadeError) {
        guard let stored = channelPlace?.dimensions, let given = other?.dimensions, given != stored else { return }
        throw ColonnadeError(.invalidArgument, at: place) {
            "the pictures \"\(name)\" of the data set have the dimensions \(stored), and these have \(given): move their channels "
                + "first (\($0.pictureLayout))"
        }
    }

    /// Throws `invalidArgument` if encoded pictures are stored in another way than those of a data set, whose metadata describes all of
    /// them.
    ///
    /// - Parameters:
    ///   - storage: the text that describes them.
    ///   - stored: the text in the metadata of the data set.
    ///   - path: the path of the data set.
    package func checkStorage(_ storage: String, isThat stored: String?, of path: String) throws(ColonnadeError) {
        let stored = stored ?? "encoded"
        guard !storage.hasBytes(of: stored) else { return }
        let remedy = "--image \(name)=\(stored)"
        throw ColonnadeError(.invalidArgument, at: .file(path)) {
            "the pictures \"\(name)\" of the data set are stored as \(stored), and these as \(storage): give the storage of the data "
                + "set (\($0.pictureStorage ?? remedy))"
        }
    }

    /// Throws `invalidArgument` if pictures for the columns `stored` of the data set at `path` have their channels elsewhere.
    package static func checkChannels(of fields: [Field], in stored: [Field], _ path: String) throws(ColonnadeError) {
        for (field, column) in zip(fields, stored) { try column.checkChannels(field.channelPlace, at: .file(path)) }
    }
}
