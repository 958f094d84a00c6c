// SPDX-License-Identifier: Apache-2.0

public import ColonnadeCore
public import ColonnadeStore

/// The pictures of a data set in the form of COCO, with their annotations: a JSON file, and a folder with the pictures.
///
/// - `image` has the bytes of each picture.
/// - `boxes` is float32 of the shape `[?, 4]`: x, y, width and height of each annotation, in pixels. Decimals become the
///   nearest float32, and a whole number that float32 does not hold is an error. A width or height of 0 is kept, since
///   COCO itself has some, and a negative one is an error. `labels` are the numbers of their classes, in the order of the
///   categories' ids; `area`, `iscrowd` and `annotation_id` have one value for each box.
/// - `image_id` and `file` tell the picture. It must have the width and height of its entry, if the entry has them, and
///   boxes or areas are stored. The rows are in the order of the list of images.
/// - Other keys of annotations, such as `segmentation`, are an error unless columns are chosen. Other keys of images, of
///   categories, and of the file are left out.
///
/// The JSON file is held in memory.
public final class COCOSource: RecordSource {
    public let name: String
    public let schema: Schema
    public let rowCount: Int?
    public let reasons: [String]

    private let annotations: COCOAnnotations
    private let folder: String
    private let media: MediaColumn
    private let byteCounts: [Int?]
    /// The keys of the annotations that become columns.
    private let keys: [String]
    private var queue: RowQueue
    private var nextImage = 0

    /// Reads the annotations, and the first bytes of each picture in the folder `imageRoot` of the options.
    ///
    /// Throws `invalidSource` for annotations that are not those of COCO, and with a list of the pictures that are bad or
    /// not in the folder; `invalidArgument` without a folder; `unsupported` without a reader of media; `fileNotFound`,
    /// `system`.
    public init(path: String, options: IngestOptions) throws(ColonnadeError) {
        guard let folder = options.imageRoot else {
            throw ColonnadeError(
                .invalidArgument, "the pictures of COCO are in a folder: name it with --image-root", at: .file(path))
        }
        try options.refuseTextOptions(path)
        let annotations = try COCOAnnotations(path: path) { options.takes($0) }
        keys = COCOAnnotations.columns.map(\.key).filter { annotations.values[$0] != nil }
        let others = annotations.otherKeys.sorted()
        var fields = COCOAnnotations.columns.filter { annotations.values[$0.key] != nil }.map(\.field)
        if let index = fields.firstIndex(where: { $0.name == "labels" }), !annotations.classes.isEmpty {
            fields[index].meaning = .classLabels(annotations.classes)
        }
        fields += [Field("image_id", .int64), Field("file", kind: .string)]
        guard others.isEmpty || !options.columns.isEmpty else {
            let names = ["image"] + fields.map(\.name)
            throw ColonnadeError(
                .invalidSource,
                "its annotations have \(others.joined(separator: ", ")), which is not stored: to leave it out, choose columns: "
                    + "--columns \(names.joined(separator: ","))", at: .file(path))
        }
        var bad = BadFiles(surveying: path, options)
        try options.checkImages(["image"], path)
        try options.checkAudioInfo(hasSound: false, path)
        let media = try MediaColumn("image", options, source: path)
        let pixelColumns = fields.map(\.name).filter { ["boxes", "area"].contains($0) && options.takes($0) }
        if case .reduced = media.storage, !pixelColumns.isEmpty {
            throw ColonnadeError(
                .invalidArgument,
                "\(media.storage) makes pictures smaller, but not \(pixelColumns.joined(separator: " and ")), in pixels of the files: keep "
                    + "the pictures as they are, or leave \(pixelColumns.joined(separator: " and ")) out (--columns)",
                at: .file(path))
        }
        var survey = MediaSurvey(media)
        try survey.observe(
            annotations.images.map { ($0.file, EncodedFile.inside(folder, $0.file)) }, &bad,
            sizes: annotations.images.map(\.size))
        try bad.check(of: annotations.images.count)
        let evidence = survey.evidence ?? MediaEvidence("image/*", byteCount: 0, shape: [0, 0, 3])
        guard MediaType.isPicture(evidence.type) else {
            throw ColonnadeError(
                .invalidSource, "its files are sound (\(evidence.type)), and COCO describes pictures: name pictures",
                at: .file(path))
        }
        let target = options.targetField(ofSource: "image")
        schema = try Schema(try media.fields("image", evidence, source: path, target: target) + fields)
        name = path
        byteCounts = survey.byteCounts
        rowCount = bad.areSkipped ? nil : annotations.images.count
        reasons = keys.contains("bbox") ? ["boxes: float32[?, 4], x, y, width and height in pixels"] : []
        queue = RowQueue(BadFiles(options.skipped, source: path), total: annotations.images.count)
        self.annotations = annotations
        self.folder = folder
        self.media = media
    }

    public func nextChunk(rowLimit: Int, byteLimit: Int) throws(ColonnadeError) -> RecordChunk? {
        try queue.chunk(schema, rowLimit: rowLimit, byteLimit: byteLimit) { () throws(ColonnadeError) in nextJob() }
    }

    private func nextJob() -> RowJob? {
        while nextImage < annotations.images.count {
            defer { nextImage += 1 }
            guard let byteCount = byteCounts[nextImage] else { continue }
            let (image, media, field) = (annotations.images[nextImage], media, schema[0])
            let file = EncodedFile.inside(folder, image.file)
            var values = keys.map { key in
                RowValue(image.annotations.flatMap { annotations.values[key]?[$0] ?? [] })
            }
            values += [RowValue(image.id), RowValue(image.file)]
            return RowJob(name: image.file, byteCount: byteCount) { [values] () throws(ColonnadeError) in
                try media.values(file, as: field, size: image.size) + values
            }
        }
        return nil
    }
}
