// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore

extension SourceFormat: CaseIterable {
    /// All formats, in the order in which messages list them.
    public static let allCases: [SourceFormat] = [idx, npy, npz, csv, tsv, jsonl, webdataset, coco, folder]

    /// The format of MNIST and its relatives. See `IDXSource`.
    public static let idx = SourceFormat(
        "idx", title: "IDX", .arrays, suffixes: ["-ubyte", ".idx"], recognises: { IDXSource.isHeader($0) },
        open: { (path, _) throws(ColonnadeError) in try IDXSource(path: path) })

    /// An array of NumPy. See `NumPySource`.
    public static let npy = SourceFormat(
        "npy", title: ".npy", .arrays, suffixes: [".npy"], recognises: { $0.starts(with: NumPyHeader.magic) },
        open: { (path, options) throws(ColonnadeError) in try NumPySource(path: path, timeFill: options.timeFill) })

    /// Arrays of NumPy in one archive. See `NPZSource`.
    public static let npz = SourceFormat(
        "npz", title: ".npz", .arrays, suffixes: [".npz"], mayBeGzipped: false,
        recognises: { head in ZipArchive.firstBytes.contains { head.starts(with: $0) } },
        open: { (path, options) throws(ColonnadeError) in
            let chosen = options.columns.isEmpty ? nil : options.chosenColumns
            return try NPZSource(path: path, choosing: chosen, timeFill: options.timeFill)
        })

    /// Comma-separated values. See `CSVSource`.
    public static let csv = SourceFormat(
        "csv", title: "CSV", .table, suffixes: [".csv"],
        open: { (path, options) throws(ColonnadeError) in try CSVSource(.file(path), options: options.forTable) })

    /// Tab-separated values. See `CSVSource`.
    public static let tsv = SourceFormat(
        "tsv", title: "TSV", .table, suffixes: [".tsv", ".tab"],
        open: { (path, options) throws(ColonnadeError) in
            try CSVSource(.file(path), options: options.forTable.tabSeparated)
        })

    /// A JSON object a line. See `JSONLinesSource`.
    public static let jsonl = SourceFormat(
        "jsonl", title: "JSON Lines", .records, suffixes: [".jsonl", ".ndjson", ".json"],
        open: { (path, options) throws(ColonnadeError) in
            do throws(ColonnadeError) {
                return try JSONLinesSource(.file(path), options: options.forRecords)
            } catch {
                throw error.suggestingCOCO
            }
        })

    /// Tar archives whose members with the same name before the first dot are one sample. See `WebDatasetSource`.
    public static let webdataset = SourceFormat(
        "webdataset", title: "WebDataset", .samples, suffixes: [".tar"], mayBeGzipped: false,
        recognises: { TarHeader.isArchive($0) },
        open: { (path, options) throws(ColonnadeError) in try WebDatasetSource(paths: [path], options: options) },
        openTogether: { (paths, options) throws(ColonnadeError) in try WebDatasetSource(paths: paths, options: options)
        })

    /// Annotations of COCO, whose pictures are in a folder. See `COCOSource`.
    public static let coco = SourceFormat(
        "coco", title: "COCO", .samples, suffixes: [],
        open: { (path, options) throws(ColonnadeError) in try COCOSource(path: path, options: options) })

    /// A folder of pictures or sound, also with a folder for each class. See `FolderSource`.
    public static let folder = SourceFormat(
        "folder", title: "folders of pictures or sound", .samples, suffixes: [], mayBeGzipped: false,
        open: { (path, options) throws(ColonnadeError) in try FolderSource(path: path, options: options) })
}

extension ColonnadeError {
    /// The error, with another remedy if its column is one of COCO's annotations.
    fileprivate var suggestingCOCO: ColonnadeError {
        guard case .record(_, _, let column?) = place,
            ["images", "annotations", "categories"].contains(where: { $0.hasBytes(of: column) })
        else { return self }
        var copy = self
        copy.message += ". If it has annotations of COCO, name the folder of their pictures with --image-root"
        return copy
    }
}
