// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// What a log gained, on its way to a log on another thread that mirrors it. The bytes are shared, not copied.
package struct LogExtension: Sendable {
    /// The messages' bytes, at the offsets that they have in the log.
    let bytes: BlockStretch
    /// What the log remembers of each message.
    let entries: [LogEntry]
    /// Number of the first of them; of the next message when there is none.
    let firstNumber: Int
    let joinPoint: StreamLog.JoinPoint?
    let prologue: Prologue
    let hasVideo: Bool
    let furtherTracks: Set<UInt8>
    let lastTimestamp: UInt32
}

/// A log that is filled from another one equals it in everything that readers ask for, at every extension. Each side
/// trims for its own readers.
extension StreamLog {
    /// What a log lacks that has everything up to the boundary `offset`, or nothing at all.
    package mutating func extended(since offset: Int) -> LogExtension {
        let first = index.first(from: max(offset, tail))
        return LogExtension(
            bytes: blocks.stretch(from: offset), entries: (first..<index.end).map { index[$0] }, firstNumber: first,
            joinPoint: joinPoint, prologue: prologue, hasVideo: hasVideo, furtherTracks: furtherTracks,
            lastTimestamp: lastTimestamp)
    }

    /// Takes over what the mirrored log gained.
    package mutating func extend(by extension: LogExtension) {
        let known = head
        blocks.extend(by: `extension`.bytes)
        index.extend(by: `extension`.entries, firstNumber: `extension`.firstNumber)
        for entry in `extension`.entries where entry.kind == .metadata && entry.offset >= known {
            metadataOffsets.append(entry.offset)
        }
        // What was given up here, because memory was short, does not come back.
        joinPoint = `extension`.joinPoint.flatMap { $0.offset >= tail ? $0 : nil }
        if encodedPrologue?.offset != joinPoint?.offset { encodedPrologue = nil }
        prologue = `extension`.prologue
        hasVideo = `extension`.hasVideo
        furtherTracks = `extension`.furtherTracks
        lastTimestamp = `extension`.lastTimestamp
    }
}
