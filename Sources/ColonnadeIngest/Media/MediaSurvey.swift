// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The first look at the files of a column, which settles its field.
struct MediaSurvey {
    private let column: MediaColumn
    /// The evidence of all good files; nil if there are none.
    private(set) var evidence: MediaEvidence?
    /// The number of bytes of each file; nil for a bad one.
    private(set) var byteCounts: [Int?] = []
    private var meter = InterruptMeter()
    /// Whether the files are pictures, or sound; nil if most files decide.
    private let isOfPictures: Bool?

    /// The number of files that are looked at together.
    private static let windowFiles = 1024

    init(_ column: MediaColumn, isOfPictures: Bool? = nil) {
        self.column = column
        self.isOfPictures = isOfPictures
    }

    /// Looks at files on all processors. Notes the bad ones, and those of the rarer kind where there are pictures and sound.
    ///
    /// - Parameter sizes: the size of each file that annotations tell; none if they tell nothing.
    mutating func observe(
        _ files: [(name: String, file: EncodedFile)], _ bad: inout BadFiles, sizes: [PictureSize] = []
    ) throws(ColonnadeError) {
        var (pictures, sounds): (MediaEvidence?, MediaEvidence?) = (nil, nil)
        var (pictureIndices, soundIndices): ([Int], [Int]) = ([], [])
        byteCounts = Array(repeating: nil, count: files.count)
        for start in stride(from: 0, to: files.count, by: Self.windowFiles) {
            let window = Array(files[start..<min(start + Self.windowFiles, files.count)])
            let isComplete = bad.areSkipped
            let outcomes = ParallelWork.results(window.count) { [column] (index) throws(ColonnadeError) in
                let size = sizes.isEmpty ? nil : sizes[start + index]
                return try column.observed(window[index].file, isComplete: isComplete, size: size)
            }
            for (index, outcome) in outcomes.enumerated() {
                try meter.advanceByRow()
                switch outcome {
                case .failure(let error): try bad.note(window[index].name, error)
                case .success(let found):
                    byteCounts[start + index] = found.byteCount
                    if MediaType.isPicture(found.type) {
                        pictureIndices.append(start + index)
                        if pictures?.join(found) == nil { pictures = found }
                    } else {
                        soundIndices.append(start + index)
                        if sounds?.join(found) == nil { sounds = found }
                    }
                }
            }
        }
        let isOfPictures = isOfPictures ?? (pictureIndices.count >= soundIndices.count)
        evidence = isOfPictures ? pictures : sounds
        for index in isOfPictures ? soundIndices : pictureIndices {
            byteCounts[index] = nil
            let (found, others) = isOfPictures ? ("sound", "pictures") : ("a picture", "sound")
            try bad.note(
                files[index].name,
                ColonnadeError(
                    .invalidSource,
                    "it is \(found), and \(self.isOfPictures == nil ? "most files" : "those of the data set") are \(others): ingest it from "
                        + "another folder"))
        }
    }
}
