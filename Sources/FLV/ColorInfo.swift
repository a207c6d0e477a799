// SPDX-License-Identifier: Apache-2.0

import AMF

/// What a video track says about its colours: the body of a message of type ``VideoMessage/PacketType/metadata``
/// (E-RTMP v2, Metadata Frame).
///
/// It holds for the frames behind it, and replaces all that was said before. Numbers are indices of H.273 or in units of
/// CIE 1931 and cd/m²; any of them may be missing.
///
/// ```swift
/// if message.packetType == .metadata, let color = ColorInfo(decoding: track.body.span) {
///     print(color.isHighDynamicRange ? "HDR" : "SDR")
/// }
/// ```
public struct ColorInfo: Sendable, Hashable {
    /// How the display was set on which the picture was made (SMPTE ST 2086).
    public struct MasteringDisplay: Sendable, Hashable {
        /// A place in the diagram of colours (CIE 1931).
        public struct Point: Sendable, Hashable {
            /// 0.0001 to 0.74.
            public var x: Double
            /// 0.0001 to 0.84.
            public var y: Double

            /// A place.
            public init(x: Double, y: Double) {
                self.x = x
                self.y = y
            }
        }

        /// Its red.
        public var red: Point?
        /// Its green.
        public var green: Point?
        /// Its blue.
        public var blue: Point?
        /// Its white.
        public var white: Point?
        /// The brightest that it shows, in cd/m², 5 to 10,000.
        public var maximumLuminance: Double?
        /// The darkest that it shows, in cd/m², 0.0001 to 5.
        public var minimumLuminance: Double?

        /// A display of which nothing is known.
        public init() {}
    }

    /// Bits of a sample: 8, 10 or 12.
    public var bitDepth: Int?
    /// Which red, green and blue: 1 is BT.709, 9 is BT.2020 (H.273 §8.1).
    public var colorPrimaries: Int?
    /// How numbers become light: 1 is BT.709, 16 is PQ, 18 is HLG (H.273 §8.2).
    public var transferCharacteristics: Int?
    /// How samples become red, green and blue: 1 is BT.709, 9 is BT.2020 (H.273 §8.3).
    public var matrixCoefficients: Int?
    /// The brightest frame on average, in cd/m² (`maxFall`).
    public var maximumFrameAverageLightLevel: Double?
    /// The brightest sample, in cd/m² (`maxCLL`).
    public var maximumContentLightLevel: Double?
    /// The display on which the picture was made (`hdrMdcv`).
    public var masteringDisplay: MasteringDisplay?

    /// Nothing known: takes back what was said before.
    public init() {}

    /// Whether light is coded as PQ or HLG.
    public var isHighDynamicRange: Bool { transferCharacteristics == 16 || transferCharacteristics == 18 }

    /// Reads the body of a metadata packet; nil when it says nothing of colours. Undefined, which takes back what was said
    /// before, reads as ``init()``.
    public init?(decoding body: Span<UInt8>) {
        let values = AMF0Value.decodePrefix(body).values
        // Pairs of a name and a value, of which the last one counts.
        var index = values.count & ~1
        while index > 0 {
            index -= 2
            if values[index].string == Self.name {
                self.init(values[index + 1])
                return
            }
        }
        return nil
    }

    private init(_ value: AMF0Value) {
        func number(_ group: String, _ name: String) -> Double? {
            value[group]?[name]?.number.flatMap { $0.isFinite ? $0 : nil }
        }
        func index(_ name: String) -> Int? { number("colorConfig", name).flatMap { AMF0Value.number($0).int } }
        bitDepth = index("bitDepth")
        colorPrimaries = index("colorPrimaries")
        transferCharacteristics = index("transferCharacteristics")
        matrixCoefficients = index("matrixCoefficients")
        maximumFrameAverageLightLevel = number("hdrCll", "maxFall")
        maximumContentLightLevel = number("hdrCll", "maxCLL")
        guard value["hdrMdcv"]?.object != nil else { return }
        func point(_ name: String) -> MasteringDisplay.Point? {
            guard let x = number("hdrMdcv", name + "X"), let y = number("hdrMdcv", name + "Y") else { return nil }
            return MasteringDisplay.Point(x: x, y: y)
        }
        var display = MasteringDisplay()
        display.red = point("red")
        display.green = point("green")
        display.blue = point("blue")
        display.white = point("whitePoint")
        display.maximumLuminance = number("hdrMdcv", "maxLuminance")
        display.minimumLuminance = number("hdrMdcv", "minLuminance")
        masteringDisplay = display
    }

    /// Appends the body of a metadata packet. ffmpeg reads it only in messages with the frame type
    /// ``VideoMessage/FrameType/command``.
    public func encode(into output: inout [UInt8]) {
        // Names and numbers of ours always have a form.
        try? AMF0Value.encodeAll([.string(AMFString(Self.name)), value], into: &output)
    }

    private static let name = "colorInfo"

    private var value: AMF0Value {
        guard self != ColorInfo() else { return .undefined }
        let config = Self.object([
            ("bitDepth", bitDepth.map(Double.init)), ("colorPrimaries", colorPrimaries.map(Double.init)),
            ("transferCharacteristics", transferCharacteristics.map(Double.init)),
            ("matrixCoefficients", matrixCoefficients.map(Double.init)),
        ])
        let light = Self.object([
            ("maxFall", maximumFrameAverageLightLevel), ("maxCLL", maximumContentLightLevel),
        ])
        var object: AMF0Object = ["colorConfig": .object(config)]
        if !light.properties.isEmpty { object["hdrCll"] = .object(light) }
        if let display = masteringDisplay {
            object["hdrMdcv"] = .object(
                Self.object([
                    ("redX", display.red?.x), ("redY", display.red?.y), ("greenX", display.green?.x),
                    ("greenY", display.green?.y), ("blueX", display.blue?.x), ("blueY", display.blue?.y),
                    ("whitePointX", display.white?.x), ("whitePointY", display.white?.y),
                    ("maxLuminance", display.maximumLuminance), ("minLuminance", display.minimumLuminance),
                ]))
        }
        return .object(object)
    }

    private static func object(_ numbers: [(name: String, value: Double?)]) -> AMF0Object {
        var object = AMF0Object()
        for number in numbers { object[number.name] = number.value.map(AMF0Value.number) }
        return object
    }
}
