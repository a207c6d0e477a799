// SPDX-License-Identifier: Apache-2.0

/// One video message: legacy or enhanced, one track or many (E-RTMP v2, Enhanced Video).
///
/// ```swift
/// let message = try VideoMessage(decoding: tag.payload.span)
/// if message.isKeyframe { print("keyframe at", tag.timestamp) }
/// for track in message.tracks { print(track.id, track.codec, track.body.count) }
/// ```
///
/// Packet types, codecs and modifiers of the future are values, not errors. What decodes encodes to the same bytes, except
/// for bytes behind a command, which mean nothing and are dropped.
public struct VideoMessage: Sendable, Hashable {
    /// What kind of frame a message holds, 3 bits; valid for all of its tracks.
    public struct FrameType: RawRepresentable, Sendable, Hashable {
        /// The number in the message.
        public var rawValue: UInt8

        /// A frame type from its number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Nothing said. gortmplib and MediaMTX send this in all enhanced messages.
        public static let unspecified = FrameType(rawValue: 0)
        /// Decoding can start here. Configurations carry this type too.
        public static let key = FrameType(rawValue: 1)
        /// Needs frames before it.
        public static let inter = FrameType(rawValue: 2)
        /// As ``inter``, and no frame needs it (Sorenson only).
        public static let disposableInter = FrameType(rawValue: 3)
        /// A keyframe that a server made.
        public static let generatedKey = FrameType(rawValue: 4)
        /// No frame but a command.
        public static let command = FrameType(rawValue: 5)
    }

    /// What the bodies of a message are, 4 bits. The AVC packet types of legacy messages are 0 to 2 with the same meaning.
    public struct PacketType: RawRepresentable, Sendable, Hashable {
        /// The number in the message.
        public var rawValue: UInt8

        /// A packet type from its number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A decoder configuration.
        public static let sequenceStart = PacketType(rawValue: 0)
        /// Coded frames, with a composition time where the codec has one. Everything that legacy codecs without packet
        /// types send.
        public static let codedFrames = PacketType(rawValue: 1)
        /// The end of the track; the body is empty.
        public static let sequenceEnd = PacketType(rawValue: 2)
        /// Coded frames with composition time 0, which is not written.
        public static let codedFramesX = PacketType(rawValue: 3)
        /// Names and AMF values, such as color information.
        public static let metadata = PacketType(rawValue: 4)
        /// A decoder configuration of AV1 in the form of MPEG-2 TS.
        public static let mpeg2TSSequenceStart = PacketType(rawValue: 5)
    }

    /// A codec: a number of 4 bits in legacy messages, a FourCC in enhanced ones.
    public enum Codec: Sendable, Hashable {
        /// 2 Sorenson H.263, 3 screen video, 4 VP6, 5 VP6 with alpha, 6 screen video 2, 7 AVC; outside the specification
        /// 8 H.263, 9 MPEG-4 part 2, 12 HEVC.
        case legacy(UInt8)
        /// A code such as ``FourCC/hvc1``.
        case enhanced(FourCC)
    }

    /// One track's part of a message.
    public struct Track: Sendable, Hashable {
        /// 0 is the default track, and the only one outside multitrack messages. Other numbers are mere labels.
        public var id: UInt8
        /// The codec of this message's body.
        public var codec: Codec
        /// Milliseconds from decoding to presentation, 24 bits with sign. 0 where the message has no such field.
        public var compositionTime: Int32
        /// The frame, configuration or metadata.
        public var body: [UInt8]

        /// A track.
        public init(id: UInt8 = 0, codec: Codec, compositionTime: Int32 = 0, body: [UInt8]) {
            self.id = id
            self.codec = codec
            self.compositionTime = compositionTime
            self.body = body
        }
    }

    /// How the message is written.
    public var form: MessageForm
    /// What kind of frame this is.
    public var frameType: FrameType
    /// What the bodies are.
    public var packetType: PacketType
    /// Modifiers, in order; none in legacy messages.
    public var modifiers: [ModEx]
    /// The command of a message with frame type ``FrameType/command``: 0 begins and 1 ends a seek of the player.
    public var command: UInt8?
    /// The tracks. None in an enhanced command and in a message without bytes; a legacy command has one without body.
    public var tracks: [Track]

    /// A message.
    public init(
        form: MessageForm, frameType: FrameType, packetType: PacketType, modifiers: [ModEx] = [],
        command: UInt8? = nil, tracks: [Track]
    ) {
        self.form = form
        self.frameType = frameType
        self.packetType = packetType
        self.modifiers = modifiers
        self.command = command
        self.tracks = tracks
    }

    /// Whether decoding can start with a picture in this message. A configuration is no picture, although it is marked as
    /// a keyframe. Where the frame type is missing, the pictures are looked at.
    public var isKeyframe: Bool {
        guard command == nil, packetType == .codedFrames || packetType == .codedFramesX && form != .legacy else {
            return false
        }
        switch frameType {
        case .key, .generatedKey: return tracks.contains { !$0.body.isEmpty }
        case .unspecified:
            return tracks.contains { track in
                guard case .enhanced(let code) = track.codec else { return false }
                return KeyframeProbe.isKeyframe(
                    track.body.span, at: 0, to: track.body.count, fourCC: code.rawValue)
            }
        default: return false
        }
    }

    /// Whether this carries decoder configurations. They may be empty: ffmpeg sends an empty one for AV1 before the real
    /// one.
    public var isSequenceHeader: Bool {
        command == nil && !tracks.isEmpty
            && (packetType == .sequenceStart || packetType == .mpeg2TSSequenceStart && form != .legacy)
    }

    /// What the modifiers add to the presentation time, in nanoseconds below one millisecond. The last one counts.
    public var nanosecondOffset: UInt32 {
        modifiers.reduce(0) { $1.nanoseconds ?? $0 }
    }
}
