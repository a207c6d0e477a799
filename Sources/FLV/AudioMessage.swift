// SPDX-License-Identifier: Apache-2.0

/// One audio message: legacy or enhanced, one track or many (E-RTMP v2, Enhanced Audio).
///
/// A message without bytes has no tracks: it says that silence follows. Packet types, codecs and modifiers of the future
/// are values, not errors, and what decodes encodes to the same bytes.
public struct AudioMessage: Sendable, Hashable {
    /// What the bodies of a message are, 4 bits. The AAC packet types of legacy messages are 0 and 1 with the same meaning.
    public struct PacketType: RawRepresentable, Sendable, Hashable {
        /// The number in the message.
        public var rawValue: UInt8

        /// A packet type from its number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A decoder configuration; empty for codecs that need none.
        public static let sequenceStart = PacketType(rawValue: 0)
        /// Coded audio. Everything that legacy codecs other than AAC send.
        public static let codedFrames = PacketType(rawValue: 1)
        /// The end of the track; the body is empty.
        public static let sequenceEnd = PacketType(rawValue: 2)
        /// Which speakers the channels belong to: a ``MultichannelConfig``.
        public static let multichannelConfig = PacketType(rawValue: 4)
    }

    /// A codec: a sound format of 4 bits in legacy messages, a FourCC in enhanced ones.
    public enum Codec: Sendable, Hashable {
        /// 0 and 3 PCM, 1 ADPCM, 2 MP3, 4 to 6 Nellymoser, 7 A-law, 8 µ-law, 10 AAC, 11 Speex, 14 MP3 at 8 kHz.
        case legacy(UInt8)
        /// A code such as ``FourCC/opus``.
        case enhanced(FourCC)
    }

    /// Four bits that every legacy message repeats. For AAC, Nellymoser, Speex, A-law and µ-law they say nothing.
    public struct SoundFlags: RawRepresentable, Sendable, Hashable {
        /// The bits, 0 to 15.
        public var rawValue: UInt8

        /// Flags from their bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// 5,512, 11,025, 22,050 or 44,100 samples per second.
        public var sampleRate: Int { [5512, 11025, 22050, 44100][Int(rawValue >> 2 & 3)] }
        /// Whether PCM samples have 16 bits rather than 8.
        public var is16Bit: Bool { rawValue & 2 != 0 }
        /// Whether there are two channels rather than one.
        public var isStereo: Bool { rawValue & 1 != 0 }

        /// What AAC messages always say.
        public static let aac = SoundFlags(rawValue: 15)
    }

    /// One track's part of a message.
    public struct Track: Sendable, Hashable {
        /// 0 is the default track, and the only one outside multitrack messages. Other numbers are mere labels.
        public var id: UInt8
        /// The codec of this message's body.
        public var codec: Codec
        /// The frames, configuration or channel configuration.
        public var body: [UInt8]

        /// A track.
        public init(id: UInt8 = 0, codec: Codec, body: [UInt8]) {
            self.id = id
            self.codec = codec
            self.body = body
        }
    }

    /// How the message is written.
    public var form: MessageForm
    /// The flags of a legacy message; not written in others.
    public var flags: SoundFlags
    /// What the bodies are.
    public var packetType: PacketType
    /// Modifiers, in order; none in legacy messages.
    public var modifiers: [ModEx]
    /// The tracks.
    public var tracks: [Track]

    /// A message.
    public init(
        form: MessageForm, flags: SoundFlags = .aac, packetType: PacketType, modifiers: [ModEx] = [], tracks: [Track]
    ) {
        self.form = form
        self.flags = flags
        self.packetType = packetType
        self.modifiers = modifiers
        self.tracks = tracks
    }

    /// Whether this carries decoder configurations. They may be empty.
    public var isSequenceHeader: Bool { packetType == .sequenceStart && !tracks.isEmpty }

    /// What the modifiers add to the presentation time, in nanoseconds below one millisecond. The last one counts.
    public var nanosecondOffset: UInt32 {
        modifiers.reduce(0) { $1.nanoseconds ?? $0 }
    }
}
