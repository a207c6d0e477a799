// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// Which messages wait for the next ones, so that one send carries them together.
///
/// Only media waits, and only for those who are in step: joins, answers, ends and players that were blocked are served
/// in the turn that they come up in.
extension Relay {
    /// Audio rides with the next video frame of its stream, which comes at least as often as that.
    static var longestAudioPatience: Duration { .milliseconds(40) }
    /// A message of sound is mostly shorter than this, a picture seldom.
    private static var soundSize: Int { 512 }
    /// Pictures that come twenty times a second and more come before that.
    private static var longestGathering: Duration { .milliseconds(50) }
    /// A sender faster than real time fills the log; it is not made to wait for the window.
    private static var burst: Int { 1 << 20 }

    /// While the window is shut media need not be read either: it could not be sent yet. That holds when something waits
    /// already, or is likely to come soon; otherwise the next message has the loop to itself.
    public var mediaOpens: Instant {
        let isShut = window.length > .zero && (isCrowded || !heldStreams.isEmpty)
        return isShut ? lastMediaTurn + window.length : Instant(nanoseconds: .min)
    }

    /// A message came: it is due at once, or, for sound in a stream with pictures, when the next picture comes.
    mutating func hold(_ entry: LogEntry, of stream: Int, at now: Instant) {
        guard let held = streams[stream]?.hold(entry, patience: audioPatience, at: now) else { return }
        if held.isFirst { heldStreams.append(stream) }
        guard held.waiting > Self.burst else { return }
        streams[stream]?.isMediaDue = true
        markDirty(stream: stream)
    }

    /// Has the streams served whose messages are due, but not before the window has passed since the last time.
    /// - Returns: when to ask again.
    mutating func releaseMedia(at now: Instant) -> Instant {
        guard !heldStreams.isEmpty else { return .never }
        let opens = lastMediaTurn + window.length
        var first = Instant.never
        for stream in heldStreams { first = min(first, streams[stream]?.dueTime() ?? .never) }
        guard max(first, opens) <= now else { return max(first, opens) }
        isCrowded = opens + window.length > now
        lastMediaTurn = now
        var next = Instant.never
        var kept = 0
        for index in heldStreams.indices {
            let stream = heldStreams[index]
            guard let due = streams[stream]?.dueTime(), due != .never else { continue }
            // With a window, whatever waits goes now; without one, sound still waits for its picture.
            if due <= now || window.length > .zero {
                streams[stream]?.isMediaDue = true
                markDirty(stream: stream)
            } else {
                heldStreams[kept] = stream
                kept += 1
                next = min(next, due)
            }
        }
        heldStreams.removeLast(heldStreams.count - kept)
        return next
    }

    /// Lets the loop sleep through the sound of a stream whose pictures take it along: at few players the wake-ups are what
    /// a relay costs, and sound comes more often than pictures.
    mutating func gather(_ stream: Int, _ wishes: inout Wishes) {
        guard audioPatience > 0 else { return }
        let source: ConnectionID? =
            switch streams[stream]?.source {
            case .publisher(let connection, _): connection
            case .upstream(let index): upstreams[index]?.outgoing.connection
            default: nil
            }
        if let source { wishes.append(.gather(source, bytes: Self.soundSize, within: Self.longestGathering)) }
    }
}
