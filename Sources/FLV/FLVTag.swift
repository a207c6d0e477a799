// SPDX-License-Identifier: Apache-2.0

/// One tag of an FLV file: an audio, video or script message with its time.
///
/// An RTMP message of type 8, 9, 15 or 18 has the same payload as the tag with that number.
public struct FLVTag: Sendable, Hashable {
    /// What a tag carries. An open registry of 5-bit numbers.
    public struct Kind: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
        /// The number in the file, 0 to 31.
        public var rawValue: UInt8

        /// A kind from its number.
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Audio (8); ``AudioMessage`` reads the payload.
        public static let audio = Kind(rawValue: 8)
        /// Video (9); ``VideoMessage`` reads the payload.
        public static let video = Kind(rawValue: 9)
        /// Script data in AMF0 (18): a name and values, such as ``FLVMetadata``.
        public static let scriptData = Kind(rawValue: 18)
        /// Script data in AMF3 (15): a zero byte, then as ``scriptData`` (E-RTMP v2).
        public static let scriptDataAMF3 = Kind(rawValue: 15)

        /// The name, or the number of a kind without one.
        public var description: String {
            switch self {
            case .audio: "audio"
            case .video: "video"
            case .scriptData: "script"
            case .scriptDataAMF3: "script (AMF3)"
            default: "type \(rawValue)"
            }
        }

        var isKnown: Bool {
            self == .audio || self == .video || self == .scriptData || self == .scriptDataAMF3
        }
    }

    /// What the tag carries.
    public var kind: Kind
    /// Whether the payload is encrypted. Such a payload is passed on as it is and must not be given to a codec parser.
    public var isFiltered: Bool
    /// Milliseconds, all 32 bits: the decoding time. It wraps; some writers wrap at 31 bits already.
    public var timestamp: UInt32
    /// Always 0 in practice, 24 bits.
    public var streamID: UInt32
    /// The body.
    public var payload: [UInt8]

    /// A tag.
    public init(
        kind: Kind, isFiltered: Bool = false, timestamp: UInt32, streamID: UInt32 = 0, payload: [UInt8]
    ) {
        self.kind = kind
        self.isFiltered = isFiltered
        self.timestamp = timestamp
        self.streamID = streamID
        self.payload = payload
    }

    /// Bytes before the payload.
    static let headerSize = 11
    /// What the 24-bit DataSize can say.
    static let maximumPayloadSize = 0xFF_FFFF
}
