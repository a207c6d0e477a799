// SPDX-License-Identifier: Apache-2.0

/// Something that was wrong with a file, where, and what was done about it.
public struct RepairFinding: Sendable, Hashable {
    /// What was wrong.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The file does not begin with a file header.
        case noHeader
        /// The flags of the header do not say what is in the file.
        case wrongFlags
        /// Bytes that belong to no tag.
        case garbage
        /// The file ends inside a tag.
        case cutOff
        /// A PreviousTagSize that is wrong. The first one is listed, all are counted.
        case wrongPreviousTagSize
        /// Another file begins.
        case joined
        /// A time that is earlier than the one before it in its track, by less than a second.
        case stepBack
        /// A time far from those before.
        case jump
        /// The file does not say how long it is, or says it wrongly.
        case wrongDuration
        /// The file does not say how many bytes it has, or says it wrongly.
        case wrongFileSize
        /// There is no keyframe index, or it leads astray.
        case wrongIndex
        /// Metadata that describe another file.
        case staleMetadata
        /// A tag that is too large to be written.
        case tooLarge
    }

    /// What was wrong.
    public var kind: Kind
    /// The byte of the damaged file.
    public var offset: Int64
    /// What was found, in words.
    public var reason: String
    /// What was done, in words.
    public var remedy: String

    /// One line: `byte 19129: 777 bytes that are no tag; left out`.
    public var line: String { "byte \(offset): \(reason); \(remedy)" }
}

/// What a repair has found and done.
public struct RepairReport: Sendable {
    /// How many findings are listed; all are counted.
    public static let maximumFindings = 100

    /// The first findings, in the order in which they were made.
    public private(set) var findings: [RepairFinding] = []
    /// How many there are of each kind.
    public private(set) var counts: [RepairFinding.Kind: Int64] = [:]
    /// Bytes of the damaged file.
    public internal(set) var bytes: Int64 = 0
    /// Tags that were kept.
    public internal(set) var tags: Int64 = 0
    /// Bytes that were left out.
    public internal(set) var droppedBytes: Int64 = 0

    mutating func add(_ kind: RepairFinding.Kind, at offset: Int64, _ reason: String, _ remedy: String) {
        counts[kind, default: 0] += 1
        // Of what may be wrong at every tag, the first one tells enough.
        if kind == .wrongPreviousTagSize || kind == .stepBack, counts[kind] != 1 { return }
        guard findings.count < Self.maximumFindings else { return }
        findings.append(RepairFinding(kind: kind, offset: offset, reason: reason, remedy: remedy))
    }

    /// For people: a line for each finding, with how often where it was found more than once.
    public var lines: [String] {
        findings.map { finding in
            let count = counts[finding.kind] ?? 1
            let isListedOnce = finding.kind == .wrongPreviousTagSize || finding.kind == .stepBack
            return finding.line + (isListedOnce && count > 1 ? " (\(count) of them)" : "")
        }
    }

    /// For programs.
    public var facts: [Fact.Entry] {
        let kinds = RepairFinding.Kind.allCases.filter { counts[$0] != nil }
        return [
            .init("inputBytes", .count(bytes)), .init("tagsKept", .count(tags)),
            .init("bytesDropped", .count(droppedBytes)),
            .init("counts", .table(kinds.map { .init($0.rawValue, .count(counts[$0] ?? 0)) })),
            .init(
                "findings",
                .list(
                    findings.map {
                        .table([
                            .init("kind", .text($0.kind.rawValue)), .init("offset", .count($0.offset)),
                            .init("reason", .text($0.reason)), .init("remedy", .text($0.remedy)),
                        ])
                    })),
        ]
    }
}
