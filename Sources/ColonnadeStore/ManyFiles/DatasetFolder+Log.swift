// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat

extension DatasetFolder {
    /// Returns the versions that there are, the newest first, and the tags of each. `report` gets the errors of damaged tags. Throws the
    /// errors of reading versions. O(versions × files).
    package func log(
        reportingTo report: (ColonnadeError) -> Void = { _ in }
    ) throws(ColonnadeError) -> [(record: VersionRecord, tags: [String])] {
        var tags: [UInt64: [String]] = [:]
        let tagged = try taggedManifests()
        tagged.damage.forEach(report)
        for (tag, manifest) in tagged.manifests.sorted(by: { $0.key < $1.key }) {
            tags[manifest.commit.version, default: []].append(tag)
        }
        var log: [(record: VersionRecord, tags: [String])] = []
        for version in try allVersions().reversed() {
            let manifest: VersionRecord
            do throws(ColonnadeError) {
                manifest = VersionRecord(try self.manifest(version))
            } catch {
                // It was removed meanwhile.
                if error.code == .fileNotFound { continue }
                throw error
            }
            log.append((manifest, tags[version] ?? []))
        }
        return log
    }
}
