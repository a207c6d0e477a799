// SPDX-License-Identifier: Apache-2.0

/// Audio formats of FLV before Enhanced RTMP, as a client announces them in connect (`audioCodecs`, RTMP §7.2.1.1).
public struct LegacyAudioCodecs: OptionSet, Sendable, Hashable {
    /// The bits on the wire.
    public var rawValue: UInt32
    /// The formats with these bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Samples that are not compressed.
    public static let uncompressed = Self(rawValue: 0x0001)
    /// ADPCM.
    public static let adpcm = Self(rawValue: 0x0002)
    /// MP3.
    public static let mp3 = Self(rawValue: 0x0004)
    /// Nellymoser at 8 kHz.
    public static let nellymoser8kHz = Self(rawValue: 0x0020)
    /// Nellymoser.
    public static let nellymoser = Self(rawValue: 0x0040)
    /// G.711 A-law.
    public static let aLaw = Self(rawValue: 0x0080)
    /// G.711 mu-law.
    public static let muLaw = Self(rawValue: 0x0100)
    /// Nellymoser at 16 kHz.
    public static let nellymoser16kHz = Self(rawValue: 0x0200)
    /// AAC.
    public static let aac = Self(rawValue: 0x0400)
    /// Speex.
    public static let speex = Self(rawValue: 0x0800)
}

/// Video codecs of FLV before Enhanced RTMP, as a client announces them in connect (`videoCodecs`, RTMP §7.2.1.1).
public struct LegacyVideoCodecs: OptionSet, Sendable, Hashable {
    /// The bits on the wire.
    public var rawValue: UInt32
    /// The codecs with these bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Sorenson H.263.
    public static let sorenson = Self(rawValue: 0x0004)
    /// Screen video.
    public static let screen = Self(rawValue: 0x0008)
    /// VP6.
    public static let vp6 = Self(rawValue: 0x0010)
    /// VP6 with an alpha channel.
    public static let vp6Alpha = Self(rawValue: 0x0020)
    /// Screen video, version 2.
    public static let screen2 = Self(rawValue: 0x0040)
    /// H.264.
    public static let h264 = Self(rawValue: 0x0080)
}
