// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeSystem

/// The first pass over a CSV file, which determines the types of its columns and tries the requested types.
struct CSVSurvey: Sendable {
    private(set) var fields: [Field] = []
    private(set) var reasons: [String] = []
    /// Columns without any value, whose type the caller does not say.
    private(set) var columnsWithoutValues: Set<ExactName> = []

    init(_ plan: CSVPlan, _ reader: inout CSVReader, options: TextSourceOptions) throws(ColonnadeError) {
        let tokens = MissingTokens(options.text.missing)
        var evidence = [ColumnEvidence](repeating: ColumnEvidence(), count: plan.outputs.count)
        // Columns with a requested type are converted on trial, so that a value that does not fit is reported before anything is
        // written.
        var trials: [ColumnBuilder?] = []
        for output in plan.outputs {
            trials.append(
                try output.requested.map { (type) throws(ColonnadeError) in
                    try options.builder(output.field(type), tokens, source: reader.name)
                })
        }
        let targets = plan.targets
        let isTrial = trials.map { $0 != nil }
        var scratch: [UInt8] = []
        var gaps = TextGaps()
        var meter = InterruptMeter(every: TextWindow.interruptPeriod)
        while try reader.next() {
            try meter.advance(by: reader.byteCount + 64)
            let record = reader.recordCount
            for column in 0..<reader.fieldCount {
                let target = targets[column]
                let misfit = reader.withText(of: column, &scratch) { text -> Misfit? in
                    guard isTrial[target] else {
                        evidence[target].observe(text, record: record, missing: tokens)
                        return nil
                    }
                    return trials[target]?.tryOut(text)
                }
                if let misfit, let field = trials[target]?.field {
                    let error = reader.error(misfit, column, field)
                    // After a missing value, only other missing values are reported.
                    if misfit == .missing { gaps.note(field, record: record, error) }
                    if gaps.isEmpty { throw error }
                }
            }
        }
        try settle(plan, evidence, options, &gaps, SchemaInference(source: reader.name))
        try gaps.report(source: reader.name)
    }

    private mutating func settle(
        _ plan: CSVPlan, _ evidence: [ColumnEvidence], _ options: TextSourceOptions, _ gaps: inout TextGaps,
        _ inference: SchemaInference
    ) throws(ColonnadeError) {
        for (output, evidence) in zip(plan.outputs, evidence) {
            if let requested = output.requested {
                fields.append(output.field(requested))
                continue
            }
            if evidence.values == 0 { columnsWithoutValues.insert(ExactName(output.name)) }
            if let dtype = evidence.type.dtype, options.lacksFill(output.name, evidence) {
                gaps.note(output.field(RequestedType(dtype)), evidence, source: inference.source)
                continue
            }
            let settled: SchemaInference.Settled
            do throws(ColonnadeError) {
                let fill = try options.settlingFill(output.name, evidence)
                settled = try inference.settleText(output.name, evidence, fill: fill)
            } catch {
                try gaps.report(source: inference.source)
                throw error
            }
            if let reason = settled.reason { reasons.append(reason) }
            guard let dtype = settled.type.dtype else {
                guard !output.isVector else {
                    throw ColonnadeError(
                        .invalidSource,
                        "not all of its values are numbers (\(settled.reason ?? "all are text")); leave out "
                            + "the column that is text, or take such values as missing with --missing",
                        at: .record(source: inference.source, record: nil, column: output.name))
                }
                fields.append(output.field(.string))
                continue
            }
            fields.append(output.field(RequestedType(dtype)))
        }
    }
}
