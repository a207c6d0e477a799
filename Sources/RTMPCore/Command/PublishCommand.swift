// SPDX-License-Identifier: Apache-2.0

import AMF

/// A client's wish to send a stream (RTMP §7.2.2.6).
public struct PublishCommand: Sendable, Hashable {
    /// What shall become of the stream.
    public enum Kind: String, Sendable, Hashable {
        /// It is passed on.
        case live
        /// It is written to a new file.
        case record
        /// It is written behind what there is.
        case append
    }

    /// The stream on which media will come.
    public var stream: MessageStreamID
    /// The name as sent, its query included. May be empty.
    public var name: String
    /// What shall become of the stream. Missing or unknown words read as ``Kind/live``.
    public var kind: Kind

    /// A wish to publish.
    public init(stream: MessageStreamID, name: String, kind: Kind = .live) {
        self.stream = stream
        self.name = name
        self.kind = kind
    }

    /// Reads a publish command that came for `stream`. Nil for `publish(false)`, which means: stop publishing.
    public init?(_ command: Command, on stream: MessageStreamID) {
        if case .boolean(false)? = command.arguments.first { return nil }
        self.stream = stream
        name = command.arguments.first?.string ?? ""
        let word = command.arguments.dropFirst().first?.string?.lowercased() ?? ""
        // "live?token=…" is seen, and "appendWithGap" is append.
        let bare = String(word.prefix { $0 != "?" })
        kind = bare == "appendwithgap" ? .append : Kind(rawValue: bare) ?? .live
    }
}

extension PublishCommand: CustomStringConvertible, CustomDebugStringConvertible {
    /// The name without its query, which is a secret.
    public var description: String { "publish \(kind) \(name.withoutQuery) on \(stream)" }

    /// The same as ``description``.
    public var debugDescription: String { description }
}

extension String {
    /// The text with `***` for what follows its first question mark.
    var withoutQuery: String {
        utf8.firstIndex(of: UInt8(ascii: "?")).map { String(self[..<$0]) + "?***" } ?? self
    }
}
