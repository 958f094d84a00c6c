// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeStore
import ColonnadeStoreTestSupport
import Testing

/// Tests conformance to `formats/colonnade-1.md`, section 10, with the files of the reference implementation.
@Suite struct FormatVectorTests {
    @Test(arguments: try Repository.vectorNames())
    func `a vector is read to its contents`(name: String) throws {
        let path = "\(Repository.vectors)/\(name).colonnade"
        let json = try Repository.json("\(Repository.vectors)/\(name).json")
        for verification in StoredDataset.Verification.allCases {
            let dataset = try StoredDataset(path: path, verification: verification)
            #expect(try JSONContents.differences(dataset, json, exactStatistics: true) == [])
        }
        let rules = try DatasetVerifier.verify(path: path).problems.map { $0.rule.map { "R\($0)" } }
        #expect(rules == (json["verify"]?.string.map { [$0] } ?? []))
    }

    @Test func `the folder of vectors is not empty`() throws {
        #expect(try Repository.vectorNames().count >= 31)
        #expect(try InvalidFile.all().count >= 173)
    }

    @Test(arguments: try InvalidFile.all())
    func `an invalid file is refused for its rule, and not too late`(file: InvalidFile) throws {
        let (refused, when) = try refusal(file.path)
        let rule = try #require(refused?.rule, "\(file.name) was taken for good")
        #expect(file.rules.contains(rule), "\(when): \(String(describing: refused))")
        #expect(when <= file.when, "\(String(describing: refused))")
        // The error names the file, or a row of it.
        switch refused?.place {
        case .file(let path, _): #expect(path == file.path)
        case .row: #expect(refused?.message.contains(file.path) == true)
        default: Issue.record("\(String(describing: refused)) has no place")
        }
    }

    @Test(arguments: try InvalidFile.all().filter { $0.when == .read })
    func `rows beside a broken one can be read`(file: InvalidFile) throws {
        let dataset = try StoredDataset(path: file.path)
        var broken: Set<Int> = []
        for row in 0..<dataset.rowCount {
            do { _ = try dataset.row(row, columns: Array(dataset.schema.indices), from: TensorPool()) } catch {
                #expect(file.rules.contains(error.rule ?? 0))
                #expect(error.place == .row(row, column: dataset.schema[0].name))
                broken.insert(row)
            }
        }
        #expect(!broken.isEmpty)
        // A chunk of all rows is refused if one of its rows is.
        #expect(throws: ColonnadeError.self) {
            _ = try dataset.chunk(rows: 0..<dataset.rowCount, columns: Array(dataset.schema.indices))
        }
    }

    private func refusal(_ path: String) throws -> (ColonnadeError?, InvalidFile.Moment) {
        let dataset: StoredDataset
        do throws(ColonnadeError) { dataset = try StoredDataset(path: path) } catch { return (error, .open) }
        do throws(ColonnadeError) {
            for row in 0..<dataset.rowCount {
                _ = try dataset.row(row, columns: Array(dataset.schema.indices), from: TensorPool())
            }
        } catch { return (error, .read) }
        return (try DatasetVerifier.verify(path: path).problems.first, .verify)
    }
}
