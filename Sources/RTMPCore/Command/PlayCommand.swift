// SPDX-License-Identifier: Apache-2.0

import AMF

/// A client's wish to receive a stream (RTMP §7.2.2.1).
public struct PlayCommand: Sendable, Hashable {
    /// Where a player wants to begin.
    public enum Start: Sendable, Hashable {
        /// With the live stream if there is one, else with the recording, else wait.
        case any
        /// With the live stream only.
        case live
        /// So many milliseconds into the recording. rtmpdump asks for 0 of live streams too, so a live server ignores it.
        case recording(milliseconds: Double)
    }

    /// The `start` that asks for anything. In milliseconds as clients really send it, the document says seconds.
    public static let anyStart: Double = -2000
    /// The `start` that asks for the live stream only.
    public static let liveStart: Double = -1000

    /// The stream on which media shall go.
    public var stream: MessageStreamID
    /// The name as sent, its query included. May be empty.
    public var name: String
    /// As sent: -2 or -2000, -1 or -1000, or milliseconds. ``from`` says what it means.
    public var start: Double
    /// Milliseconds to play; negative: to the end.
    public var duration: Double
    /// Whether the playlist shall be emptied first.
    public var reset: Bool

    /// A wish to play.
    public init(
        stream: MessageStreamID, name: String, start: Double = anyStart, duration: Double = -1, reset: Bool = true
    ) {
        self.stream = stream
        self.name = name
        self.start = start
        self.duration = duration
        self.reset = reset
    }

    /// Reads a play command that came for `stream`. Nil for `play(false)`, which means: stop playing.
    public init?(_ command: Command, on stream: MessageStreamID) {
        if case .boolean(false)? = command.arguments.first { return nil }
        func argument(_ index: Int) -> AMF0Value? {
            index < command.arguments.count ? command.arguments[index] : nil
        }
        self.stream = stream
        name = argument(0)?.string ?? ""
        start = argument(1)?.number.flatMap { $0.isFinite ? $0 : nil } ?? Self.anyStart
        duration = argument(2)?.number.flatMap { $0.isFinite ? $0 : nil } ?? -1
        reset = argument(3)?.boolean ?? true
    }

    /// Where the player wants to begin, whichever unit it uses.
    public var from: Start {
        if start >= 0 { return .recording(milliseconds: start) }
        return start == -1 || (-1500 < start && start <= -500) ? .live : .any
    }
}

extension PlayCommand: CustomStringConvertible, CustomDebugStringConvertible {
    /// The name without its query, which is a secret.
    public var description: String { "play \(name.withoutQuery) from \(from) on \(stream)" }

    /// The same as ``description``.
    public var debugDescription: String { description }
}
