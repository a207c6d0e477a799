// SPDX-License-Identifier: Apache-2.0

/// Which tracks a stream has, and each of them alone (E-RTMP v2, Multitrack).
///
/// Feed it the stream's messages in order. It knows the codec and the newest configuration of every track, and takes one
/// track out of any message as messages without tracks, which every decoder and every old player understands.
///
/// ```swift
/// var tracks = Tracks()
/// for tag in tags {
///     try tracks.add(tag)
///     for single in try tracks.tags(of: .video(1), in: tag) { try writer.write(single, into: &output) }
/// }
/// for track in tracks.all { print(track.id, track.codec, track.videoFormat?.width ?? 0) }
/// ```
public struct Tracks: Sendable {
    /// A track's medium and number. Numbers are labels; audio and video have their own.
    public enum ID: Sendable, Hashable {
        /// Audio of this number; 0 is the default track and the one of messages without tracks.
        case audio(UInt8)
        /// Video of this number; 0 is the default track and the one of messages without tracks.
        case video(UInt8)
    }

    /// What a track's bodies are coded with.
    public enum Codec: Sendable, Hashable {
        /// A codec of sound.
        case audio(AudioMessage.Codec)
        /// A codec of pictures.
        case video(VideoMessage.Codec)
    }

    /// What is known about a track.
    public struct Track: Sendable, Hashable {
        /// Medium and number.
        public let id: ID
        /// The codec of the newest message.
        public fileprivate(set) var codec: Codec
        /// The newest decoder configuration; nil before one came, and for codecs that need none. Kept up to
        /// ``Tracks/configurationLimit`` bytes.
        public fileprivate(set) var configuration: [UInt8]?
        /// The message without tracks that brings ``configuration``: what a decoder must be given first.
        public fileprivate(set) var configurationMessage: [UInt8]?
        /// The message without tracks that brought the newest color information or channel configuration.
        public fileprivate(set) var metadataMessage: [UInt8]?
        /// Messages with coded frames so far.
        public fileprivate(set) var frames: Int64 = 0
        /// Whether the end of the track was told, and no frame came since.
        public fileprivate(set) var hasEnded = false

        /// What the configuration of a video track tells.
        public var videoFormat: VideoFormat? {
            guard case .video(let codec) = codec, let configuration else { return nil }
            return VideoFormat(codec: codec, configuration: configuration.span)
        }

        /// What the configuration of an audio track tells.
        public var audioFormat: AudioFormat? {
            guard case .audio(let codec) = codec, let configuration else { return nil }
            return AudioFormat(codec: codec, configuration: configuration.span)
        }
    }

    /// How many tracks are known; more are taken out all the same, but not listed.
    public static let maximumTracks = 64
    /// The longest configuration or metadata message that is kept, in bytes.
    public static let configurationLimit = 1 << 20

    /// All tracks, in the order in which they first came.
    public private(set) var all: [Track] = []

    /// No tracks yet.
    public init() {}

    /// What is known about one track.
    public subscript(id: ID) -> Track? { all.first { $0.id == id } }

    /// Takes note of a tag. Script data, unknown kinds and encrypted tags belong to no track.
    ///
    /// - Throws: what is wrong with the message; nothing was noted then.
    public mutating func add(_ tag: FLVTag) throws(FLVError) {
        if !tag.isFiltered { try add(tag.kind, tag.payload.span) }
    }

    /// Takes note of a message.
    ///
    /// - Throws: what is wrong with the message; nothing was noted then.
    public mutating func add(_ kind: FLVTag.Kind, _ payload: Span<UInt8>) throws(FLVError) {
        for part in try parts(of: kind, payload) {
            guard let id = part.id, let codec = part.codec else { continue }
            guard let index = index(of: id, codec) else { continue }
            try all[index].note(part, codec)
        }
    }

    /// One track of a tag, as tags without tracks: none if the tag does not have it, several if it has it repeatedly.
    ///
    /// - Throws: what is wrong with the message.
    public func tags(of id: ID, in tag: FLVTag) throws(FLVError) -> [FLVTag] {
        guard !tag.isFiltered else { return [] }
        var tags: [FLVTag] = []
        for payload in try messages(of: id, in: tag.kind, tag.payload.span) {
            tags.append(
                FLVTag(kind: tag.kind, timestamp: tag.timestamp, streamID: tag.streamID, payload: payload))
        }
        return tags
    }

    /// One track of a message, as messages without tracks, in order.
    ///
    /// Frame type, modifiers, composition time and body stay as they are, bit by bit; a message without tracks is
    /// handed on whole. Video commands belong to every video track.
    /// - Returns: none if the message does not have the track, several if it has it repeatedly.
    /// - Throws: what is wrong with the message.
    public func messages(
        of id: ID, in kind: FLVTag.Kind, _ payload: Span<UInt8>
    ) throws(FLVError) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        for part in try parts(of: kind, payload) where part.belongs(to: id) {
            messages.append(try part.payload())
        }
        return messages
    }

    private mutating func index(of id: ID, _ codec: Codec) -> Int? {
        if let index = all.firstIndex(where: { $0.id == id }) { return index }
        guard all.count < Self.maximumTracks else { return nil }
        all.append(Track(id: id, codec: codec))
        return all.count - 1
    }

    private func parts(of kind: FLVTag.Kind, _ payload: Span<UInt8>) throws(FLVError) -> [Part] {
        switch kind {
        case .audio:
            let message = try AudioMessage(decoding: payload)
            return message.form.isMultitrack
                ? message.tracks.map { .audio(message.alone($0), number: $0.id) } : [.audio(message, number: 0)]
        case .video:
            let message = try VideoMessage(decoding: payload)
            return message.form.isMultitrack
                ? message.tracks.map { .video(message.alone($0), number: $0.id) }
                : [.video(message, number: message.command == nil ? owner(of: message) : nil)]
        default:
            return []
        }
    }

    /// The track that a message without tracks is about: the default one. But ffmpeg writes the color information of all
    /// tracks that way, so the codec tells where it can.
    private func owner(of message: VideoMessage) -> UInt8 {
        guard message.packetType == .metadata, message.form == .enhanced, let codec = message.tracks.first?.codec,
            let main = self[.video(0)], main.codec.fourCC != Codec.video(codec).fourCC
        else { return 0 }
        let numbers = all.compactMap { track -> UInt8? in
            guard case .video(let number) = track.id, track.codec == .video(codec) else { return nil }
            return number
        }
        return numbers.count == 1 ? numbers[0] : 0
    }
}

extension Tracks {
    /// What a message has of one track, as a message without tracks.
    fileprivate enum Part {
        case audio(AudioMessage, number: UInt8)
        /// The number is nil for a command.
        case video(VideoMessage, number: UInt8?)

        var id: ID? {
            switch self {
            case .audio(_, let number): .audio(number)
            case .video(_, let number): number.map { .video($0) }
            }
        }

        var codec: Codec? {
            switch self {
            case .audio(let message, _): message.tracks.first.map { .audio($0.codec) }
            case .video(let message, _): message.tracks.first.map { .video($0.codec) }
            }
        }

        func belongs(to id: ID) -> Bool {
            if let own = self.id { return own == id }
            if case .video = id { return true }
            return false
        }

        func payload() throws(FLVError) -> [UInt8] {
            var payload: [UInt8] = []
            switch self {
            case .audio(let message, _): try message.encode(into: &payload)
            case .video(let message, _): try message.encode(into: &payload)
            }
            return payload
        }
    }
}

extension Tracks.Track {
    fileprivate init(id: Tracks.ID, codec: Tracks.Codec) {
        self.id = id
        self.codec = codec
    }

    fileprivate mutating func note(_ part: Tracks.Part, _ codec: Tracks.Codec) throws(FLVError) {
        if codec != self.codec {
            self.codec = codec
            (configuration, configurationMessage, metadataMessage) = (nil, nil, nil)
        }
        let payload = try part.payload()
        let media: MediaClass
        let body: [UInt8]?
        switch part {
        case .audio(let message, _): (media, body) = (MediaClass(audio: payload.span), message.tracks.first?.body)
        case .video(let message, _): (media, body) = (MediaClass(video: payload.span), message.tracks.first?.body)
        }
        let isKept = payload.count <= Tracks.configurationLimit
        switch media.role {
        case .sequenceHeader:
            (configuration, configurationMessage) = isKept ? (body, payload) : (nil, nil)
            hasEnded = false
        case .metadata:
            metadataMessage = isKept ? payload : nil
        case .keyframe, .interFrame, .audioFrame:
            frames += 1
            hasEnded = false
        case .endOfSequence:
            hasEnded = true
        case .command, .empty, .unknown:
            break
        }
    }
}

extension Tracks.Codec {
    /// The codec's FourCC; that of legacy AVC and HEVC too, because senders mix both for one codec.
    fileprivate var fourCC: FourCC? {
        switch self {
        case .video(.enhanced(let code)), .audio(.enhanced(let code)): code
        case .video(.legacy(LegacyCodec.avc)): .avc1
        case .video(.legacy(LegacyCodec.hevc)): .hvc1
        case .video(.legacy), .audio(.legacy): nil
        }
    }
}

extension MessageForm {
    fileprivate var isMultitrack: Bool { if case .multitrack = self { true } else { false } }
}

extension AudioMessage {
    /// The same with this track only, and without its number.
    fileprivate func alone(_ track: Track) -> AudioMessage {
        var (message, track) = (self, track)
        track.id = 0
        message.form = .enhanced
        message.tracks = [track]
        return message
    }
}

extension VideoMessage {
    /// The same with this track only, and without its number.
    fileprivate func alone(_ track: Track) -> VideoMessage {
        var (message, track) = (self, track)
        track.id = 0
        message.form = .enhanced
        message.tracks = [track]
        return message
    }
}
