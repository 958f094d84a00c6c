// SPDX-License-Identifier: Apache-2.0

package import ColonnadeCore
import ColonnadeFormat

extension DatasetFolder {
    /// Returns the versions that there are, the newest first, and the tags of each. Throws the errors of reading them.
    /// O(versions × files).
    package func log() throws(ColonnadeError) -> [(record: VersionRecord, tags: [String])] {
        var tags: [UInt64: [String]] = [:]
        for tag in try allTags() {
            do throws(ColonnadeError) {
                tags[try manifest(ofTag: tag).commit.version, default: []].append(tag)
            } catch {
                // Its version was removed; reading the tag says so.
                guard error.code == .fileNotFound else { throw error }
            }
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
