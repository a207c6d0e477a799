// SPDX-License-Identifier: Apache-2.0

/// Four characters that name a codec (E-RTMP v2, Enhanced Video and Enhanced Audio). Case matters.
///
/// The registry is open: a code that is not listed here is a value like any other.
public struct FourCC: RawRepresentable, Sendable, Hashable {
    /// The four characters, the first one in the highest byte.
    public var rawValue: UInt32

    /// A code from its number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// A code from four ASCII characters; `nil` for anything else.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 4, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        rawValue = bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// H.264.
    public static let avc1 = FourCC(rawValue: 0x6176_6331)
    /// H.265.
    public static let hvc1 = FourCC(rawValue: 0x6876_6331)
    /// H.266.
    public static let vvc1 = FourCC(rawValue: 0x7676_6331)
    /// AV1.
    public static let av01 = FourCC(rawValue: 0x6176_3031)
    /// VP8.
    public static let vp08 = FourCC(rawValue: 0x7670_3038)
    /// VP9.
    public static let vp09 = FourCC(rawValue: 0x7670_3039)

    /// AAC.
    public static let mp4a = FourCC(rawValue: 0x6D70_3461)
    /// Opus.
    public static let opus = FourCC(rawValue: 0x4F70_7573)
    /// FLAC.
    public static let flac = FourCC(rawValue: 0x664C_6143)
    /// AC-3.
    public static let ac3 = FourCC(rawValue: 0x6163_2D33)
    /// E-AC-3.
    public static let eac3 = FourCC(rawValue: 0x6563_2D33)
    /// MP3.
    public static let mp3 = FourCC(rawValue: 0x2E6D_7033)

    /// Whether a coded frame of this codec starts with a composition time (E-RTMP v2, Enhanced Video).
    var hasCompositionTime: Bool { self == .avc1 || self == .hvc1 || self == .vvc1 }

    /// Whether frames of this codec mean nothing without a configuration that came before. AC-3, E-AC-3, MP3 and VP8 tell
    /// all in their frames, and an Opus configuration may be left out.
    var needsConfiguration: Bool {
        switch self {
        case .avc1, .hvc1, .vvc1, .av01, .vp09, .mp4a, .flac: true
        default: false
        }
    }
}

extension FourCC: CustomStringConvertible {
    /// The four characters, or eight hexadecimal digits where they are not printable ASCII.
    public var description: String {
        let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: rawValue >> $0) }
        if bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) { return String(decoding: bytes, as: UTF8.self) }
        let digits = String(rawValue, radix: 16)
        return "0x" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}
