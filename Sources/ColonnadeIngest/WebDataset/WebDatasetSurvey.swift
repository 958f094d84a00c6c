// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The first pass over tar shards, which finds the columns and their types.
///
/// The evidence of samples with the same members is kept by itself, since samples that lack a member are left out, and must then decide
/// nothing.
struct WebDatasetSurvey {
    private struct Group {
        /// The key of the first sample.
        let first: String
        var count = 0
        var evidence: NameMap<WebDatasetColumn.Evidence> = [:]
        var json: JSONSurvey
    }

    private let options: IngestOptions
    private let source: String
    /// The columns of good samples, in the order in which they came.
    private(set) var columns: [WebDatasetColumn] = []
    private(set) var versions: [RegularFile.Version] = []
    /// By shard, the samples that are left out.
    private(set) var badSamples: [Set<Int>] = []
    /// By shard, the bytes of each sample's pixels, if pixels are stored; otherwise empty.
    private(set) var pixelBytes: [[Int]] = []
    /// Whether a column stores pixels.
    private let hasPixels: Bool
    /// Good samples, by their columns.
    private var groups: NameMap<Group> = [:]
    /// All columns by name, also those of bad samples.
    private var known: NameMap<WebDatasetColumn> = [:]
    private(set) var sampleCount = 0
    private var meter = InterruptMeter()

    /// The most samples, and the bytes of their members other than pictures and sound, about, that are looked at together.
    private static let windowSamples = 512
    private static let windowBytes = 32 << 20

    init(_ options: IngestOptions, source: String) {
        self.options = options
        self.source = source
        hasPixels = options.images.contains { $0.value == .raw }
    }

    /// Looks at all samples of a shard. Notes the bad ones.
    mutating func observe(_ path: String, _ bad: inout BadFiles) throws(ColonnadeError) {
        let shard = try WebDatasetShard(path: path, takes: options.takesMember)
        versions.append(shard.file.version)
        badSamples.append([])
        pixelBytes.append([])
        sampleCount += shard.samples.count
        var start = 0
        while start < shard.samples.count {
            let window = try window(of: shard.samples[start...], path)
            let (file, known, options) = (shard.file, known, options)
            let outcomes = ParallelWork.results(window.count) { (index) throws(ColonnadeError) in
                try window[index].observed(known, options, in: file)
            }
            for (index, outcome) in outcomes.enumerated() {
                try meter.advanceByRow()
                let sample = window[index]
                if hasPixels { pixelBytes[pixelBytes.count - 1].append(WebDatasetColumn.byteCount(outcome)) }
                switch outcome {
                case .success(let found):
                    if let difference = try join(found, sample, path) {
                        badSamples[badSamples.count - 1].insert(start + index)
                        try bad.note("\(path)/\(sample.key)", ColonnadeError(.invalidSource, difference))
                    }
                case .failure(let error):
                    badSamples[badSamples.count - 1].insert(start + index)
                    try bad.note("\(path)/\(sample.key)", error)
                }
            }
            start += window.count
        }
    }

    /// Returns the first of some samples, and finds the columns of their members.
    private mutating func window(
        of samples: ArraySlice<WebDatasetSample>, _ path: String
    ) throws(ColonnadeError) -> [WebDatasetSample] {
        var window: [WebDatasetSample] = []
        var byteCount = 0
        for sample in samples.prefix(Self.windowSamples) where byteCount < Self.windowBytes {
            window.append(sample)
            guard sample.fault == nil else { continue }
            for member in sample.members {
                if known[member.column] == nil {
                    known[member.column] = try WebDatasetColumn(member.column, options, source: path)
                }
                if known[member.column]?.kind != .media { byteCount += member.range.count }
            }
        }
        return window
    }

    /// Adds the evidence of a sample. Returns what differs, and adds nothing, if it does not fit that of others.
    private mutating func join(
        _ found: [WebDatasetColumn.Evidence], _ sample: WebDatasetSample, _ path: String
    ) throws(ColonnadeError) -> String? {
        let key = sample.columns
        var group =
            groups.removeValue(forName: key)
            ?? Group(first: sample.key, json: JSONSurvey(options.forMembers, source: source))
        defer { groups[key] = group.count > 0 ? group : nil }
        var joined = group.evidence
        for (member, one) in zip(sample.members, found) {
            guard var all = joined[member.column] else {
                joined[member.column] = one
                continue
            }
            if let difference = all.join(one) { return ".\(member.column): \(difference)" }
            joined[member.column] = all
        }
        // A record that a survey refuses by itself is that of a bad sample.
        if let text = JSONRecord.text(of: sample.members, found) {
            do throws(ColonnadeError) {
                try group.json.observe(text.span, line: 1)
            } catch  where error.code == .invalidSource {
                // Too many keys are the fault of all samples together.
                throw ColonnadeError(
                    error.code, error.message, at: .record(source: "\(path)/\(sample.key)", record: nil, column: nil))
            }
        }
        group.evidence = joined
        group.count += 1
        for member in sample.members where !columns.contains(where: { $0.name.hasBytes(of: member.column) }) {
            if let column = known[member.column] { columns.append(column) }
        }
        return nil
    }

    /// The evidence of complete samples, by column.
    func evidence(of column: WebDatasetColumn) -> WebDatasetColumn.Evidence {
        groups[completeColumns]?.evidence[column.name] ?? .other
    }

    /// The records of complete samples.
    var json: JSONSurvey {
        groups[completeColumns]?.json ?? JSONSurvey(options.forMembers, source: source)
    }

    /// Returns an error that names the sample of a record, instead of the record's number.
    func naming(_ error: ColonnadeError, _ paths: [String]) -> ColonnadeError {
        guard case .record(_, let record?, let column) = error.place else { return error }
        var remaining = record
        let complete = completeColumns
        for (shard, path) in paths.enumerated() {
            guard let samples = try? WebDatasetShard(path: path, takes: options.takesMember).samples else { break }
            for (index, sample) in samples.enumerated()
            where !badSamples[shard].contains(index) && sample.columns.hasBytes(of: complete) {
                remaining -= 1
                guard remaining == 0 else { continue }
                var copy = error
                copy.place = .record(source: "\(path)/\(sample.key)", record: nil, column: column)
                return copy
            }
        }
        return error
    }

    /// The columns of a complete sample, as `WebDatasetSample.columns` has them.
    var completeColumns: String { columns.map(\.name).sorted().joined(separator: "/") }

    /// Throws `invalidSource` if samples lack a column that others have. Where such samples are left out, throws if most are incomplete:
    /// then the columns are wrong, as after one stray file.
    func checkColumns(_ bad: BadFiles) throws(ColonnadeError) {
        let all = completeColumns
        let complete = groups[all]?.count ?? 0
        let others = groups.filter { each, _ in !each.hasBytes(of: all) }.sorted { $0.value.first < $1.value.first }
        let count = others.reduce(0) { $0 + $1.value.count }
        guard let (names, other) = others.first.map({ ($0.name, $0.value) }), !bad.areSkipped || count > complete else {
            return
        }
        let present = names.split(separator: "/").map(String.init)
        let missing = columns.map(\.name).filter { name in !present.contains { $0.hasBytes(of: name) } }
        let remedy =
            bad.areSkipped
            ? "--skip-bad does not leave most samples out: choose the columns that all have (--columns), or remove the members that "
                + "few samples have"
            : "The members of a sample follow each other in the archive. Add it, or choose the columns that all have (--columns), "
                + "or leave such samples out with --skip-bad"
        throw ColonnadeError(
            .invalidSource,
            "the sample \(other.first) has no member .\(missing.joined(separator: ", .")), and others have it (\(count) of "
                + "\(sampleCount) samples are incomplete). \(remedy)",
            at: .file(source))
    }
}

extension WebDatasetSample {
    /// Looks at all members. Returns their evidence. Where bad samples are left out, the values of the sample are made on trial.
    fileprivate func observed(
        _ columns: NameMap<WebDatasetColumn>, _ options: IngestOptions, in file: SharedFile
    ) throws(ColonnadeError) -> [WebDatasetColumn.Evidence] {
        if let fault { throw ColonnadeError(.invalidSource, fault) }
        var found: [WebDatasetColumn.Evidence] = []
        for member in members {
            do throws(ColonnadeError) {
                let evidence = try columns[member.column]?.observed(
                    .member(file, member.range), isComplete: options.skipped != nil)
                found.append(evidence ?? .other)
            } catch {
                throw error.prefixed(".\(member.column): ")
            }
        }
        if let text = JSONRecord.text(of: members, found) {
            var trial = JSONSurvey(options.forMembers, source: key)
            do throws(ColonnadeError) {
                try trial.observe(text.span, line: 1)
            } catch {
                throw ColonnadeError(error.code, error.message)
            }
        }
        return found
    }
}
