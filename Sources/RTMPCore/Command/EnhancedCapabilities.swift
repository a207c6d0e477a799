// SPDX-License-Identifier: Apache-2.0

public import AMF

/// What a side says about itself in connect or its answer (E-RTMP v2, Enhancing NetConnection connect Command).
///
/// Each part is nil when it was not announced. OBS and ffmpeg announce nothing and use it all the same, so absence
/// proves nothing about a publisher.
public struct EnhancedCapabilities: Sendable, Hashable {
    /// What can be done with a codec.
    public struct Use: OptionSet, Sendable, Hashable {
        /// The bits on the wire.
        public var rawValue: UInt32
        /// The uses with these bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// It can be shown.
        public static let decode = Self(rawValue: 1)
        /// It can be made.
        public static let encode = Self(rawValue: 2)
        /// It can be handed on.
        public static let forward = Self(rawValue: 4)
    }

    /// What is understood beyond codecs (`capsEx`).
    public struct Extensions: OptionSet, Sendable, Hashable {
        /// The bits on the wire.
        public var rawValue: UInt32
        /// The extensions with these bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// Reconnect requests.
        public static let reconnect = Self(rawValue: 1)
        /// Several tracks in one message.
        public static let multitrack = Self(rawValue: 2)
        /// Modifier prefixes can be parsed.
        public static let modEx = Self(rawValue: 4)
        /// Nanosecond offsets are used.
        public static let timestampNanoOffset = Self(rawValue: 8)
    }

    /// What a side can do with video beyond showing it (`videoFunction`).
    public struct VideoFunction: OptionSet, Sendable, Hashable {
        /// The bits on the wire.
        public var rawValue: UInt32
        /// The functions with these bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// It can begin between two keyframes, by decoding and not showing what comes before.
        public static let clientSeek = Self(rawValue: 1)
        /// High dynamic range; implies that colour information is understood.
        public static let highDynamicRange = Self(rawValue: 2)
        /// Metadata packets, which carry colour information, are understood.
        public static let metadata = Self(rawValue: 4)
        /// AV1 with large scale tiles.
        public static let largeScaleTile = Self(rawValue: 8)
    }

    /// A codec, or `*` for every one, and what can be done with it.
    public struct Codec: Sendable, Hashable {
        /// Four characters, or `*`.
        public var fourCC: String
        /// What can be done with it.
        public var use: Use

        /// A codec and its use.
        public init(_ fourCC: String, _ use: Use) {
            self.fourCC = fourCC
            self.use = use
        }
    }

    /// Codecs that are understood (`fourCcList`); `*` is every one.
    public var fourCCs: [String]?
    /// What can be done with video codecs (`videoFourCcInfoMap`).
    public var video: [Codec]?
    /// What can be done with audio codecs (`audioFourCcInfoMap`).
    public var audio: [Codec]?
    /// What is understood beyond codecs (`capsEx`).
    public var extensions: Extensions?
    /// What can be done with video (`videoFunction`).
    public var videoFunction: VideoFunction?

    /// Nothing announced, but for what is given.
    public init(
        fourCCs: [String]? = nil, video: [Codec]? = nil, audio: [Codec]? = nil, extensions: Extensions? = nil,
        videoFunction: VideoFunction? = nil
    ) {
        self.fourCCs = fourCCs
        self.video = video
        self.audio = audio
        self.extensions = extensions
        self.videoFunction = videoFunction
    }

    /// Every codec is handed on: what a relay says.
    public static let forwardsEverything = Self(
        fourCCs: ["*"], video: [Codec("*", .forward)], audio: [Codec("*", .forward)],
        extensions: [.reconnect, .multitrack, .modEx], videoFunction: [.highDynamicRange, .metadata, .largeScaleTile])

    /// Every codec is taken: what a player that writes files says.
    public static let takesEverything = Self(
        fourCCs: ["*"], video: [Codec("*", [.decode, .forward])], audio: [Codec("*", [.decode, .forward])],
        extensions: [.reconnect, .multitrack, .modEx],
        videoFunction: [.clientSeek, .highDynamicRange, .metadata, .largeScaleTile])

    /// Reads the properties of `object` that belong here.
    public init(reading object: AMF0Object) {
        fourCCs = object["fourCcList"].flatMap(Self.strings)
        video = object["videoFourCcInfoMap"]?.object.map(Self.codecs)
        audio = object["audioFourCcInfoMap"]?.object.map(Self.codecs)
        extensions = object["capsEx"].flatMap(Self.bits).map(Extensions.init)
        videoFunction = object["videoFunction"].flatMap(Self.bits).map(VideoFunction.init)
    }

    /// Appends what is announced to `object`.
    public func append(to object: inout AMF0Object) {
        func add(_ name: AMFString, _ value: AMF0Value?) {
            if let value { object.properties.append(.init(name: name, value: value)) }
        }
        add("fourCcList", fourCCs.map { .strictArray($0.map { .string(AMFString($0)) }) })
        add("videoFourCcInfoMap", video.map(Self.map))
        add("audioFourCcInfoMap", audio.map(Self.map))
        add("capsEx", extensions.map { .number(Double($0.rawValue)) })
        add("videoFunction", videoFunction.map { .number(Double($0.rawValue)) })
    }

    /// What `self` announces, and for parts it leaves out what `other` announces.
    public func merged(over other: Self) -> Self {
        Self(
            fourCCs: fourCCs ?? other.fourCCs, video: video ?? other.video, audio: audio ?? other.audio,
            extensions: extensions ?? other.extensions, videoFunction: videoFunction ?? other.videoFunction)
    }

    /// Whether media in this codec was announced as welcome. Nil when nothing about codecs was announced at all.
    public func takes(video fourCC: String) -> Bool? { takes(fourCC, video) }

    /// Whether media in this codec was announced as welcome. Nil when nothing about codecs was announced at all.
    public func takes(audio fourCC: String) -> Bool? { takes(fourCC, audio) }

    private func takes(_ fourCC: String, _ map: [Codec]?) -> Bool? {
        guard fourCCs != nil || map != nil else { return nil }
        if let fourCCs, fourCCs.contains(fourCC) || fourCCs.contains("*") { return true }
        return (map ?? []).contains {
            ($0.fourCC == fourCC || $0.fourCC == "*") && !$0.use.isDisjoint(with: [.decode, .forward])
        }
    }

    /// A strict array is what the document asks for; an ECMA array is read too.
    private static func strings(_ value: AMF0Value) -> [String]? {
        if case .strictArray(let elements) = value { return elements.compactMap(\.string) }
        return value.object.map { $0.properties.compactMap(\.value.string) }
    }

    private static func codecs(_ object: AMF0Object) -> [Codec] {
        object.properties.compactMap { property in
            bits(property.value).map { Codec(property.name.string, Use(rawValue: $0)) }
        }
    }

    private static func map(_ codecs: [Codec]) -> AMF0Value {
        var object = AMF0Object()
        for codec in codecs {
            object.properties.append(.init(name: AMFString(codec.fourCC), value: .number(Double(codec.use.rawValue))))
        }
        return .object(object)
    }

    private static func bits(_ value: AMF0Value) -> UInt32? { value.number.flatMap(\.wholeUInt32) }
}
