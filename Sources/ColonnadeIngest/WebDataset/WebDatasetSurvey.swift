// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The first pass over tar shards, which finds the columns and their types.
struct WebDatasetSurvey {
    private let options: IngestOptions
    private let source: String
    /// The columns, in the order in which they came, with the evidence of all members.
    private(set) var columns: [WebDatasetColumn] = []
    private(set) var evidence: [WebDatasetColumn.Evidence] = []
    private(set) var json: JSONSurvey
    private(set) var versions: [RegularFile.Version] = []
    /// By shard, the samples that are left out.
    private(set) var badSamples: [Set<Int>] = []
    /// By shard, the bytes of each sample's pixels, if pixels are stored; otherwise empty.
    private(set) var pixelBytes: [[Int]] = []
    /// Whether a column stores pixels.
    private let hasPixels: Bool
    /// The number of samples with the same columns, and the first of them.
    private var kinds: [String: (count: Int, first: String)] = [:]
    private(set) var sampleCount = 0
    private var meter = InterruptMeter()

    private static let windowSamples = 512

    init(_ options: IngestOptions, source: String) {
        self.options = options
        self.source = source
        hasPixels = options.images.contains { $0.value == .raw }
        json = JSONSurvey(options.forMembers, source: source)
    }

    /// Looks at all samples of a shard. Notes the bad ones.
    mutating func observe(_ path: String, _ bad: inout BadFiles) throws(ColonnadeError) {
        let shard = try WebDatasetShard(path: path, takes: options.takesMember)
        versions.append(shard.file.version)
        badSamples.append([])
        pixelBytes.append([])
        sampleCount += shard.samples.count
        for start in stride(from: 0, to: shard.samples.count, by: Self.windowSamples) {
            let window = Array(shard.samples[start..<min(start + Self.windowSamples, shard.samples.count)])
            for sample in window where sample.fault == nil { try addColumns(of: sample, path) }
            let (file, columns) = (shard.file, columns)
            let outcomes = ParallelWork.results(window.count) { (index) throws(ColonnadeError) in
                try window[index].observed(columns, in: file)
            }
            for (index, outcome) in outcomes.enumerated() {
                try meter.advanceByRow()
                let sample = window[index]
                if hasPixels { pixelBytes[pixelBytes.count - 1].append(WebDatasetColumn.byteCount(outcome)) }
                do throws(ColonnadeError) {
                    try join(try outcome.get(), sample)
                } catch {
                    badSamples[badSamples.count - 1].insert(start + index)
                    try bad.note("\(path)/\(sample.key)", error)
                }
            }
        }
    }

    private mutating func addColumns(of sample: WebDatasetSample, _ path: String) throws(ColonnadeError) {
        for member in sample.members where !columns.contains(where: { $0.name.hasBytes(of: member.column) }) {
            columns.append(try WebDatasetColumn(member.column, options, source: path))
            evidence.append(.other)
        }
    }

    /// Adds the evidence of a sample, or none of it if it does not fit that of others.
    private mutating func join(
        _ found: [WebDatasetColumn.Evidence?], _ sample: WebDatasetSample
    ) throws(ColonnadeError) {
        var joined = evidence
        for (index, one) in found.enumerated() {
            guard let one else { continue }
            if case .other = joined[index] {
                if case .json = one { continue }
                joined[index] = one
            } else if let difference = joined[index].join(one) {
                throw ColonnadeError(.invalidSource, ".\(columns[index].name): \(difference)")
            }
        }
        if let text = JSONRecord.text(of: found, columns) {
            do throws(ColonnadeError) {
                try json.observe(text.span, line: 1)
            } catch {
                // The survey has taken note of a part of the record.
                throw ColonnadeError(.invalidSource, "\(sample.key): \(error.message)", at: .file(source))
            }
        }
        evidence = joined
        let first = kinds[sample.columns]?.first ?? sample.key
        kinds[sample.columns] = ((kinds[sample.columns]?.count ?? 0) + 1, first)
    }

    /// The columns of a complete sample, as `WebDatasetSample.columns` has them.
    var completeColumns: String { columns.map(\.name).sorted().joined(separator: "/") }

    /// Throws `invalidSource` if samples lack a column that others have. Where such samples are left out, throws if most are incomplete:
    /// then the columns are wrong, as after one stray file.
    func checkColumns(_ bad: BadFiles) throws(ColonnadeError) {
        let complete = kinds[completeColumns]?.count ?? 0
        let others = kinds.filter { $0.key != completeColumns }.sorted { $0.value.first < $1.value.first }
        let count = others.reduce(0) { $0 + $1.value.count }
        guard let (names, other) = others.first.map({ ($0.key, $0.value) }), !bad.areSkipped || count > complete else {
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
    /// Looks at all members. Returns the evidence by the index of the column.
    fileprivate func observed(
        _ columns: [WebDatasetColumn], in file: SharedFile
    ) throws(ColonnadeError) -> [WebDatasetColumn.Evidence?] {
        if let fault { throw ColonnadeError(.invalidSource, fault) }
        var found: [WebDatasetColumn.Evidence?] = []
        for column in columns {
            guard let range = range(of: column.name) else {
                found.append(nil)
                continue
            }
            do throws(ColonnadeError) {
                found.append(try column.observed(.member(file, range)))
            } catch {
                throw error.prefixed(".\(column.name): ")
            }
        }
        return found
    }
}
