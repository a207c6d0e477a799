// SPDX-License-Identifier: Apache-2.0

import AMF

/// A player's wish to go over to another stream, on the message stream on which it plays already (RTMP §7.2.2.2).
///
/// Flash Player asks so for the same content at another bit rate.
public struct Play2Command: Sendable, Hashable {
    /// How to go over. A registry that peers may extend.
    public struct Transition: RawRepresentable, Sendable, Hashable {
        /// The word on the wire.
        public var rawValue: String
        /// The transition written `rawValue`.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Play it behind what is played now.
        public static let append = Self(rawValue: "append")
        /// The same, and begin only when the player says so.
        public static let appendAndWait = Self(rawValue: "appendAndWait")
        /// Play it instead of everything.
        public static let reset = Self(rawValue: "reset")
        /// Go on where an earlier connection stopped.
        public static let resume = Self(rawValue: "resume")
        /// Play nothing any more.
        public static let stop = Self(rawValue: "stop")
        /// Play it instead of a stream of the playlist, from the start.
        public static let swap = Self(rawValue: "swap")
        /// Play it instead of a stream with the same content, from where that one is.
        public static let `switch` = Self(rawValue: "switch")
    }

    /// The message stream.
    public var stream: MessageStreamID
    /// The name of the stream to play, as sent, its query included.
    public var name: String
    /// The stream to leave. Empty when absent: the one that plays.
    public var oldName: String
    /// How to go over. Absent words read as ``Transition/switch``.
    public var transition: Transition
    /// Where to begin, in the units of ``PlayCommand/start``.
    public var start: Double
    /// How much to play, in the units of ``PlayCommand/duration``; negative: to the end.
    public var duration: Double
    /// Where in the stream to go over, in seconds; nil: as soon as possible.
    public var offset: Double?

    /// A wish to go over to `name`.
    public init(
        stream: MessageStreamID, name: String, oldName: String = "", transition: Transition = .switch,
        start: Double = PlayCommand.anyStart, duration: Double = -1, offset: Double? = nil
    ) {
        self.stream = stream
        self.name = name
        self.oldName = oldName
        self.transition = transition
        self.start = start
        self.duration = duration
        self.offset = offset
    }

    /// Reads a play2 command that came for `stream`; nil when it has no object that says what to play.
    public init?(_ command: Command, on stream: MessageStreamID) {
        guard let options = command.arguments.lazy.compactMap(\.object).first ?? command.object.object else {
            return nil
        }
        func number(_ name: String) -> Double? { options[name]?.number.flatMap { $0.isFinite ? $0 : nil } }
        self.stream = stream
        name = options["streamName"]?.string ?? ""
        oldName = options["oldStreamName"]?.string ?? ""
        transition = options["transition"]?.string.map(Transition.init) ?? .switch
        start = number("start") ?? PlayCommand.anyStart
        duration = number("len") ?? -1
        offset = number("offset").flatMap { $0 < 0 ? nil : $0 }
    }

    /// The command as a player sends it.
    public func command(transactionID: Double = 0) -> Command {
        var options: AMF0Object = [
            "streamName": .string(AMFString(name)), "transition": .string(AMFString(transition.rawValue)),
            "start": .number(start), "len": .number(duration),
        ]
        if !oldName.isEmpty { options["oldStreamName"] = .string(AMFString(oldName)) }
        if let offset { options["offset"] = .number(offset) }
        return Command("play2", transactionID: transactionID, arguments: [.object(options)])
    }
}

extension Play2Command: CustomStringConvertible, CustomDebugStringConvertible {
    /// The name without its query, which is a secret.
    public var description: String { "play2 \(transition.rawValue) to \(name.withoutQuery) on \(stream)" }

    /// The same as ``description``.
    public var debugDescription: String { description }
}
