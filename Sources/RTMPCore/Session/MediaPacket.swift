// SPDX-License-Identifier: Apache-2.0

/// One message of a stream: sound, picture or data, exactly as its sender wrote it.
public struct MediaPacket: Sendable, Hashable {
    /// What a packet carries.
    public enum Kind: Sendable, Hashable {
        /// Sound (message type 8).
        case audio
        /// Picture (message type 9).
        case video
        /// Metadata, cue points and the like in AMF0 (message type 18).
        case data
        /// The same with a leading byte and values that may be AMF3 (message type 15).
        case dataAMF3
    }

    /// What the packet carries.
    public var kind: Kind
    /// When it is due on the clock of its stream.
    public var timestamp: RTMPTimestamp
    /// The body of the message. Neither session looks into it or changes it.
    public var payload: [UInt8]

    /// A packet.
    public init(_ kind: Kind, timestamp: RTMPTimestamp, payload: [UInt8]) {
        self.kind = kind
        self.timestamp = timestamp
        self.payload = payload
    }

    /// The packet in a message; nil when the message is of another type.
    init?(_ message: consuming RawMessage) {
        guard let kind = Kind(message.typeID) else { return nil }
        self.kind = kind
        timestamp = message.timestamp
        payload = message.payload
    }

    /// A packet of its own, from a message in place and the bytes that it was found in.
    public init(_ message: MessageInPlace, in input: Span<UInt8>) {
        self.init(
            message.typeID == .audio ? .audio : .video, timestamp: message.timestamp,
            payload: [UInt8](message.payload, in: input))
    }

    /// The type of the message that carries it.
    public var typeID: MessageTypeID {
        switch kind {
        case .audio: .audio
        case .video: .video
        case .data: .data
        case .dataAMF3: .dataAMF3
        }
    }

    /// Whether the packet announces what the media are like, with or without `@setDataFrame` in front.
    public var isMetadata: Bool {
        guard kind == .data || kind == .dataAMF3 else { return false }
        let values = payload.dropFirst(formatLength)
        return values.starts(with: Self.onMetaData)
            || values.dropFirst(Self.setDataFrame.count).starts(with: Self.onMetaData)
                && values.starts(with: Self.setDataFrame)
    }

    /// The same data as publishers send it to servers, with `@setDataFrame` in front. Packets of other kinds, and
    /// those that have it already, stay as they are.
    public func wrappedInSetDataFrame() -> Self {
        guard kind == .data || kind == .dataAMF3, !isWrapped else { return self }
        var wrapped = self
        wrapped.payload.insert(contentsOf: Self.setDataFrame, at: formatLength)
        return wrapped
    }

    /// The same data as servers send it to players, without `@setDataFrame` in front.
    public func unwrappedFromSetDataFrame() -> Self {
        guard kind == .data || kind == .dataAMF3, isWrapped else { return self }
        var unwrapped = self
        unwrapped.payload.removeSubrange(formatLength..<(formatLength + Self.setDataFrame.count))
        return unwrapped
    }

    /// Bytes in front of the values: message type 15 has a format byte, which some leave out.
    private var formatLength: Int { kind == .dataAMF3 && payload.first == 0 ? 1 : 0 }

    private var isWrapped: Bool { payload.dropFirst(formatLength).starts(with: Self.setDataFrame) }

    /// `@setDataFrame` as an AMF0 string: what a publisher's data begin with and a player's do not.
    public static let setDataFrame: [UInt8] = [0x02, 0x00, 0x0D] + Array("@setDataFrame".utf8)

    private static let onMetaData: [UInt8] = [0x02, 0x00, 0x0A] + Array("onMetaData".utf8)
}

extension MediaPacket.Kind {
    init?(_ typeID: MessageTypeID) {
        switch typeID {
        case .audio: self = .audio
        case .video: self = .video
        case .data: self = .data
        case .dataAMF3: self = .dataAMF3
        default: return nil
        }
    }
}
