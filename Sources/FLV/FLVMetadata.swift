// SPDX-License-Identifier: Apache-2.0

public import AMF

/// What a stream says about itself: the script message `onMetaData`.
///
/// All properties are kept, in order, also those that have no accessor here. The accessors read leniently, because writers
/// put texts where numbers belong; numbers that mean nothing, such as NaN and negative ones, read as `nil`. Nothing in here
/// is certain: the stream itself knows better.
public struct FLVMetadata: Sendable, Hashable {
    /// Everything that the message says.
    public var properties: AMF0Object

    /// Metadata with these properties.
    public init(_ properties: AMF0Object = AMF0Object()) {
        self.properties = properties
    }

    /// Reads the payload of a script tag or of an RTMP data message of type 18.
    ///
    /// A leading `@setDataFrame`, which publishers send and OBS also records, is passed over. `nil` for other messages.
    /// Damaged values are read as far as they go.
    public init?(decoding payload: Span<UInt8>) {
        let start = Self.offsetBehindSetDataFrame(payload)
        guard Self.isNamed(Self.encodedName, payload, at: start) else { return nil }
        let values = AMF0Value.decodePrefix(payload.extracting(start..<payload.count)).values
        guard values.first?.string == Self.name else { return nil }
        self.init(values.dropFirst().first?.object ?? AMF0Object())
    }

    /// Appends the payload of a script tag: the name and an ECMA array.
    ///
    /// - Throws: `AMFError` when a property cannot be encoded; `output` is as before then.
    public func encode(into output: inout [UInt8]) throws(AMFError) {
        try AMF0Value.encodeAll([.string(AMFString(Self.name)), .ecmaArray(properties, count: nil)], into: &output)
    }

    static let name = "onMetaData"
    static let encodedName: [UInt8] = [2, 0, 10] + Array(name.utf8)
    private static let encodedSetDataFrame: [UInt8] = [2, 0, 13] + Array("@setDataFrame".utf8)

    /// Where a script message starts behind the word that only means something between publisher and server.
    static func offsetBehindSetDataFrame(_ payload: Span<UInt8>) -> Int {
        isNamed(encodedSetDataFrame, payload, at: 0) ? encodedSetDataFrame.count : 0
    }

    private static func isNamed(_ name: [UInt8], _ payload: Span<UInt8>, at start: Int) -> Bool {
        guard payload.count - start >= name.count else { return false }
        for index in name.indices where payload[start + index] != name[index] { return false }
        return true
    }
}

extension FLVMetadata {
    /// Seconds. Absent or 0 for live streams.
    public var duration: Double? {
        get { number("duration") }
        set { set("duration", newValue) }
    }

    /// Bytes of the file.
    public var fileSize: Double? {
        get { number("filesize") ?? number("fileSize") }
        set { set("filesize", newValue) }
    }

    /// Pixels.
    public var width: Int? {
        get { number("width").flatMap(Self.size) }
        set { set("width", newValue.map(Double.init)) }
    }

    /// Pixels.
    public var height: Int? {
        get { number("height").flatMap(Self.size) }
        set { set("height", newValue.map(Double.init)) }
    }

    /// Frames per second.
    public var frameRate: Double? {
        get { number("framerate") ?? number("fps") }
        set { set("framerate", newValue) }
    }

    /// Thousands of bits per second.
    public var videoDataRate: Double? {
        get { number("videodatarate") }
        set { set("videodatarate", newValue) }
    }

    /// Thousands of bits per second.
    public var audioDataRate: Double? {
        get { number("audiodatarate") }
        set { set("audiodatarate", newValue) }
    }

    /// The video codec; written as a number, read also from texts such as `avc1`.
    public var videoCodec: VideoMessage.Codec? {
        get {
            switch codecNumber("videocodecid") {
            case nil: nil
            case .some(let number) where number < 16: .legacy(UInt8(truncatingIfNeeded: number))
            case .some(let number): .enhanced(FourCC(rawValue: number))
            }
        }
        set { set("videocodecid", newValue?.metadataNumber) }
    }

    /// The audio codec; written as a number, read also from texts such as `mp4a`.
    public var audioCodec: AudioMessage.Codec? {
        get {
            switch codecNumber("audiocodecid") {
            case nil: nil
            case .some(let number) where number < 16: .legacy(UInt8(truncatingIfNeeded: number))
            case .some(let number): .enhanced(FourCC(rawValue: number))
            }
        }
        set { set("audiocodecid", newValue?.metadataNumber) }
    }

    /// Samples per second.
    public var audioSampleRate: Double? {
        get { number("audiosamplerate") ?? number("samplerate") }
        set { set("audiosamplerate", newValue) }
    }

    /// Bits per sample.
    public var audioSampleSize: Double? {
        get { number("audiosamplesize") }
        set { set("audiosamplesize", newValue) }
    }

    /// Whether there are two channels. ffmpeg says false for 5.1 as well as for mono.
    public var isStereo: Bool? {
        get { properties["stereo"]?.boolean }
        set { properties["stereo"] = newValue.map(AMF0Value.boolean) }
    }

    /// The program that made the stream.
    public var encoder: String? {
        get { properties["encoder"]?.string ?? properties["Encoder"]?.string }
        set { properties["encoder"] = newValue.map { .string(AMFString($0)) } }
    }

    /// Whether there is the room that ``Recording`` keeps for an index of keyframes: 64 KiB that mean nothing outside of the
    /// file.
    public var hasRoomForIndex: Bool { properties["padding"] != nil }

    /// Removes what describes a file rather than a stream and is of no use outside of it: the index of keyframes, the room
    /// that ``Recording`` keeps for it, and sizes and places in the file.
    public mutating func removeIndex() {
        properties.properties.removeAll { Self.indexNames.contains($0.name.string) }
    }

    private static let indexNames: Set<String> = [
        "keyframes", "hasKeyframes", "padding", "spare", "filler", "filesize", "fileSize", "lastkeyframelocation",
    ]

    private func number(_ name: String) -> Double? {
        guard let number = properties[name]?.number, number.isFinite, number >= 0 else { return nil }
        return number
    }

    private mutating func set(_ name: String, _ number: Double?) {
        properties[name] = number.map(AMF0Value.number)
    }

    private static func size(_ number: Double) -> Int? {
        number >= 1 && number <= 65_535 ? Int(number) : nil
    }

    private func codecNumber(_ name: String) -> UInt32? {
        guard let value = properties[name] else { return nil }
        if let text = value.string, let code = FourCC(text) { return code.rawValue }
        guard let number = number(name), number < 0x1p32 else { return nil }
        return UInt32(number)
    }
}

extension VideoMessage.Codec {
    /// How `onMetaData` names the codec.
    var metadataNumber: Double {
        switch self {
        case .legacy(let number): Double(number)
        case .enhanced(let code): Double(code.rawValue)
        }
    }
}

extension AudioMessage.Codec {
    /// How `onMetaData` names the codec.
    var metadataNumber: Double {
        switch self {
        case .legacy(let number): Double(number)
        case .enhanced(let code): Double(code.rawValue)
        }
    }
}
