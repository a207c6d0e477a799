// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Which recordings are kept: what is more, older, or larger than this is removed, the oldest first. Only files that a
/// template could have named are ever looked at.
public struct Retention: Sendable, Hashable {
    /// So many of each stream.
    public var count: Int?
    /// Those that were written to within this time.
    public var age: Duration?
    /// So many bytes, of all streams together.
    public var size: Int64?

    /// A file that is not complete and was written to within this time belongs to somebody: to another loop of the relay,
    /// which does not tell us what it has open, or to another process.
    private static let partialRest: Int64 = 600_000

    /// Everything is kept.
    public init() {}

    /// Whether anything is ever removed.
    var isLimited: Bool { count != nil || age != nil || size != nil }

    /// The paths of files to be removed.
    ///
    /// - Parameters:
    ///   - files: what is in the directory, with paths from there.
    ///   - current: paths of files that are being written by us.
    ///   - now: milliseconds since 1970.
    func removed(from files: [ListedFile], _ template: NameTemplate, current: Set<String>, now: Int64) -> [String] {
        var found: [(file: ListedFile, stream: String)] = []
        for file in files where !current.contains(file.path) {
            let isPartial = file.path.hasSuffix(FileRequest.partSuffix)
            if isPartial, now - file.modified < Self.partialRest { continue }
            let name = isPartial ? String(file.path.dropLast(FileRequest.partSuffix.count)) : file.path
            if let stream = template.stream(of: name) { found.append((file, stream)) }
        }
        // The newest first; paths with their times and numbers decide between files of one moment.
        found.sort { ($0.file.modified, $0.file.path) > ($1.file.modified, $1.file.path) }
        var counts: [String: Int] = [:]
        var total: Int64 = 0
        var removed: [String] = []
        for (file, stream) in found {
            counts[stream, default: 0] += 1
            total += file.size
            let isTooMany = count.map { counts[stream, default: 0] > $0 } ?? false
            let isTooOld = age.map { now - file.modified > $0.wholeMilliseconds } ?? false
            let isTooMuch = size.map { total > $0 } ?? false
            if isTooMany || isTooOld || isTooMuch { removed.append(file.path) }
        }
        return removed.reversed()
    }
}
