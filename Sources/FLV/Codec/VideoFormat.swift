// SPDX-License-Identifier: Apache-2.0

/// What a video track looks like, as its configuration or a keyframe says.
public struct VideoFormat: Sendable, Hashable {
    /// How many color samples there are.
    public enum ChromaFormat: UInt8, Sendable, Hashable {
        /// None: gray.
        case monochrome = 0
        /// Half in both directions: 4:2:0.
        case yuv420 = 1
        /// Half horizontally: 4:2:2.
        case yuv422 = 2
        /// As many as luma samples: 4:4:4.
        case yuv444 = 3
    }

    /// Two numbers that are only known as a fraction.
    public struct Ratio: Sendable, Hashable {
        /// Above the line.
        public var numerator: Int
        /// Below the line.
        public var denominator: Int
    }

    /// How numbers become colors, by the tables of ITU-T H.273.
    public struct Color: Sendable, Hashable {
        /// Color primaries.
        public var primaries: UInt8
        /// Transfer characteristics; 16 is PQ, 18 is HLG.
        public var transfer: UInt8
        /// Matrix coefficients.
        public var matrix: UInt8
    }

    /// Pixels that are shown.
    public var width: Int
    /// Pixels that are shown.
    public var height: Int
    /// Frames per second, where the stream says it.
    public var frameRate: Double?
    /// Bits per luma sample.
    public var bitDepth = 8
    /// How many color samples there are.
    public var chroma = ChromaFormat.yuv420
    /// Width to height of one pixel, where the stream says it.
    public var pixelAspectRatio: Ratio?
    /// Whether all values of a sample are used rather than 16 to 235, where the stream says it.
    public var isFullRange: Bool?
    /// How numbers become colors, where the stream says it.
    public var color: Color?

    /// A format with a size; `nil` for one that no real video has.
    init?(width: Int, height: Int) {
        guard (1...16_384).contains(width), (1...16_384).contains(height) else { return nil }
        self.width = width
        self.height = height
    }

    /// Sets the frame rate, if it is one that a camera or a screen can have.
    mutating func setFrameRate(_ numerator: UInt32, _ denominator: UInt32) {
        guard denominator > 0 else { return }
        let rate = Double(numerator) / Double(denominator)
        if rate > 0, rate <= 1_000 { frameRate = rate }
    }
}

extension VideoFormat {
    /// Reads the body of a sequence start. `nil` where it is damaged, or where the size is only known from keyframes, as for
    /// VP8 and VP9.
    public init?(codec: VideoMessage.Codec, configuration body: Span<UInt8>) {
        let format: VideoFormat?
        switch codec {
        case .legacy(LegacyCodec.avc), .enhanced(.avc1): format = try? AVCConfiguration(decoding: body).format
        case .legacy(LegacyCodec.hevc), .enhanced(.hvc1): format = try? HEVCConfiguration(decoding: body).format
        case .enhanced(.vvc1): format = try? VVCConfiguration(decoding: body).format
        case .enhanced(.av01): format = try? AV1Configuration(decoding: body).format
        default: format = nil
        }
        guard let format else { return nil }
        self = format
    }

    /// Reads the body of a keyframe, for codecs that repeat what they are in each of them. `nil` for others.
    public init?(codec: VideoMessage.Codec, keyframe body: Span<UInt8>) {
        let format: VideoFormat?
        switch codec {
        case .legacy(let number): format = LegacyVideoHeader.format(codec: number, body)
        case .enhanced(.vp08): format = VPConfiguration.vp8Format(ofKeyframe: body)
        case .enhanced(.vp09): format = VPConfiguration.vp9Format(ofKeyframe: body)
        case .enhanced(.av01): format = AV1Configuration.format(ofOBUs: body)
        default: format = nil
        }
        guard let format else { return nil }
        self = format
    }
}
