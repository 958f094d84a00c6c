// SPDX-License-Identifier: Apache-2.0

import ColonnadeCore
import ColonnadeFormat

/// The columns of the version for which a writer began. Their numbers tell whether other writers have changed them meanwhile.
struct PinnedColumns: Sendable {
    private let dataset: RandomNumber
    private let numbers: [ExactName: UInt32]

    init(_ manifest: Manifest) {
        self.init(
            dataset: manifest.commit.dataset, columns: manifest.footer.columns, numbers: manifest.columnNumbers)
    }

    /// Makes the columns of a file, whose numbers are those of a version of a data set.
    init(dataset: RandomNumber, columns: [ColumnDescriptor], numbers: [UInt32]) {
        self.dataset = dataset
        self.numbers = Dictionary(
            zip(columns, numbers).map { (ExactName($0.field.name), $1) }, uniquingKeysWith: { first, _ in first })
    }

    /// Throws `invalidArgument` if the column with this name is another one in a version, or the version is of another data
    /// set.
    func check(_ name: String, _ index: Int, in manifest: Manifest) throws(ColonnadeError) {
        guard manifest.commit.dataset == dataset else {
            throw ColonnadeError(
                .invalidArgument, "it was replaced by another data set meanwhile: write the rows again")
        }
        guard numbers[ExactName(name)] == manifest.columnNumbers[index] else {
            throw ColonnadeError(
                .invalidArgument,
                "another writer has replaced or renamed column \"\(name)\" meanwhile, in version \(manifest.commit.parent) or "
                    + "before: write the rows again")
        }
    }
}
