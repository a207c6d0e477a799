// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// Finds in a stream that is played once more the place where a file ends.
///
/// The keyframe with which the file's tail begins must come, the same to the bit: it tells how the stream's times and the
/// file's differ. From there on each track is looked at by itself. What lies at or before its end is in the file, or else
/// this is another stream; what lies behind is new. The order in which a server sends tracks does not matter.
struct Resumption: Sendable {
    /// What to do with a message.
    enum Decision: Sendable, Hashable {
        /// It is in the file, or in front of what is looked at.
        case known
        /// It is new, and lies here in the file.
        case new(UInt32)
        /// This is not the stream of the file, or not the place; a sentence.
        case mismatch(String)
    }

    /// How far before and behind the wished place a server may begin.
    private static let longestLead: Int64 = 60_000
    private static let longestDelay: Int64 = 10_000

    let tail: RecordingTail
    /// The place that the server was asked for, in milliseconds of the stream.
    let wanted: Int64
    /// Where the keyframe must have come.
    private let latest: Int64
    /// Marks that did not come again yet.
    private var expected: [RecordingMark]
    /// The time of the first frame that came.
    private var begun: Int64?
    /// The file's time and the stream's timestamp of the first keyframe.
    private var anchor: (time: Int64, timestamp: UInt32)?
    /// Whether something new came.
    private var isBehind = false

    /// Whether the place was found.
    var hasFound: Bool { anchor != nil }

    /// - Parameter start: where the file's first frame lies in the stream, in milliseconds.
    init(_ tail: RecordingTail, start: Int64) {
        self.tail = tail
        expected = tail.marks
        wanted = start &+ tail.lead
        latest = start &+ (tail.marks.first?.time ?? 0) &+ Self.longestDelay
    }

    /// Looks at the next message.
    mutating func decide(_ kind: FLVTag.Kind, _ payload: Span<UInt8>, timestamp: UInt32, isFrame: Bool) -> Decision {
        var mark = RecordingMark(kind, payload, time: 0)
        guard let anchor else { return look(for: mark, timestamp, isFrame: isFrame) }
        let time = anchor.time &+ Int64(Int32(bitPattern: timestamp &- anchor.timestamp))
        mark.time = time
        if isFrame { return decide(mark) }
        // What is no frame has no time that could be relied on. Behind the first new frame all of it is new.
        if isBehind { return .new(UInt32(clamping: time)) }
        if let index = expected.firstIndex(where: { $0.matches(mark) }) {
            expected.remove(at: index)
            return .known
        }
        let isScript = kind == .scriptData || kind == .scriptDataAMF3
        return isScript && time >= tail.recording.totals.lastMilliseconds ? .new(UInt32(clamping: time)) : .known
    }

    private mutating func look(for mark: RecordingMark, _ timestamp: UInt32, isFrame: Bool) -> Decision {
        guard isFrame, let first = tail.marks.first else { return .known }
        if mark.matches(first) {
            anchor = (first.time, timestamp)
            expected.removeFirst()
            return .known
        }
        let time = Int64(Int32(bitPattern: timestamp))
        let begun = self.begun ?? time
        // Some servers, ours among them, count from the place that they were asked for, before which times are negative.
        // Then it shows a little later whether they have begun there.
        let mayCountFromThere = begun < wanted - Self.longestLead && begun >= -Self.longestLead
        let isElsewhere = mayCountFromThere ? time > latest - wanted : begun < wanted - Self.longestLead
        if isElsewhere || self.begun == nil && time > latest {
            let places = "the server was asked to begin at \(Self.clock(wanted)) and begins at \(Self.clock(begun))"
            return .mismatch(places + ": it cannot seek there")
        }
        self.begun = begun
        guard time > latest else { return .known }
        let place = "the stream does not have the keyframe that the file has at \(Self.clock(first.time))"
        return .mismatch(place + ", or the server began behind it; try --skip 1")
    }

    private mutating func decide(_ mark: RecordingMark) -> Decision {
        let end = tail.end(of: mark.kind, trackID: mark.trackID)
        guard let end, mark.time <= end else {
            isBehind = true
            return mark.time < 0 ? .known : .new(UInt32(clamping: mark.time))
        }
        if let index = expected.firstIndex(where: { $0.time == mark.time && $0.matches(mark) }) {
            expected.remove(at: index)
            return .known
        }
        // The file has what lies before its tail, too, but it is not looked at.
        let isOfTrack = { (other: RecordingMark) in other.kind == mark.kind && other.trackID == mark.trackID }
        if mark.time < tail.marks.first(where: isOfTrack)?.time ?? .max { return .known }
        // Two may lie at the same time, of which the file has one.
        if mark.time == end, !expected.contains(where: { isOfTrack($0) && $0.time == end }) {
            isBehind = true
            return .new(UInt32(clamping: mark.time))
        }
        return .mismatch("the stream differs from the file at \(Self.clock(mark.time))")
    }

    /// `61.250 s`.
    static func clock(_ milliseconds: Int64) -> String {
        let rest = String(milliseconds.magnitude % 1000)
        let sign = milliseconds < 0 ? "-" : ""
        return "\(sign)\(milliseconds.magnitude / 1000).\(String(repeating: "0", count: 3 - rest.utf8.count))\(rest) s"
    }
}
