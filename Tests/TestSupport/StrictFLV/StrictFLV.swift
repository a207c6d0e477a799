// SPDX-License-Identifier: Apache-2.0

/// An FLV file judged by the letter: what a file must be that we write, for any player to play, seek and measure it.
///
/// It shares no code with the library, and is stricter than any reader: a recording, a segment and a repaired file pass.
///
/// ```swift
/// #expect(StrictFLV(bytes).faults == [])
/// ```
public struct StrictFLV: Sendable {
    /// What may be missing in a file.
    public struct Rules: Sendable {
        /// Whether the file may end inside a tag, as when its writer was killed.
        public var mayBeCutOff = false
        /// How much `duration` may differ from where the last tag lies, in seconds. A finished file's also counts how
        /// long the last picture lasts and how late it is shown.
        public var durationTolerance = 1.1
        /// How many seconds at the end `filesize`, the index and the other numbers about the end may not know yet.
        public var lag = 0.0
        /// Whether every track needs its decoder configuration before its first frame.
        public var needsConfigurations = true
        /// Whether there must be a keyframe index where there are keyframes.
        public var needsIndex = true
        /// Whether the index may leave out keyframes between the first and the last one.
        public var mayThinIndex = true
        /// Whether tags of kinds that no player knows may be there.
        public var mayHaveUnknownTags = false

        /// Rules with some of them relaxed.
        public init(
            mayBeCutOff: Bool = false, lag: Double = 0, needsConfigurations: Bool = true, needsIndex: Bool = true,
            mayThinIndex: Bool = true, mayHaveUnknownTags: Bool = false
        ) {
            self.mayBeCutOff = mayBeCutOff
            self.lag = lag
            self.needsConfigurations = needsConfigurations
            self.needsIndex = needsIndex
            self.mayThinIndex = mayThinIndex
            self.mayHaveUnknownTags = mayHaveUnknownTags
        }

        /// The rules for a file whose writer came to its end.
        public static let finished = Rules()
        /// The rules for a file whose writer was killed.
        public static let interrupted = Rules(mayBeCutOff: true, lag: 1.1)
    }

    /// A tag.
    public struct Tag: Sendable {
        /// Position of its first byte in the file.
        public var offset: Int
        /// 8 audio, 9 video, 15 and 18 script data.
        public var type: UInt8
        /// Milliseconds, counted on over wraps.
        public var time: Int64
        /// Where its body lies in the file.
        public var body: Range<Int>
        /// What is in the body, of its first track.
        public var content: Content
        /// The number of that track.
        public var track: UInt8
    }

    /// One entry of the keyframe index.
    public struct IndexEntry: Sendable, Hashable {
        /// Position in the file.
        public var position: Int
        /// Seconds.
        public var seconds: Double
    }

    /// What is wrong, in the order of the file; empty for a file that is as it should be.
    public private(set) var faults: [String] = []
    /// All whole tags.
    public private(set) var tags: [Tag] = []
    /// The file's bytes.
    public let bytes: [UInt8]
    /// Everything that onMetaData at the front says.
    public private(set) var metadata: StrictAMF.Value?
    /// The keyframe index.
    public private(set) var index: [IndexEntry]?

    let rules: Rules
    private var end = 0

    /// Judges a file.
    public init(_ bytes: [UInt8], rules: Rules = .finished) {
        self.bytes = bytes
        self.rules = rules
        readHeader()
        if faults.isEmpty { readTags() }
        if !tags.isEmpty || faults.isEmpty {
            checkTimes()
            checkConfigurations()
            checkMetadata()
        }
    }

    /// What `onMetaData` says under this name, when it is a number.
    public func number(_ name: String) -> Double? { metadata?[name]?.number }

    /// Tags with which decoding of the default track can start.
    public var keyframes: [Tag] { tags.filter { $0.content == .frame(.key) && $0.track == 0 } }

    /// The tags that carry sound or pictures.
    public var frames: [Tag] {
        tags.filter { if case .frame = $0.content { true } else { false } }
    }

    mutating func fault(_ text: String) {
        // A file that is wrong everywhere says so once in a while.
        if faults.count < 50 { faults.append(text) }
    }

    mutating func setIndex(_ entries: [IndexEntry]) { index = entries }

    func uint(_ offset: Int, _ count: Int) -> Int {
        bytes[offset..<(offset + count)].reduce(0) { $0 << 8 | Int($1) }
    }

    private mutating func readHeader() {
        guard bytes.count >= 13 else { return fault("\(bytes.count) bytes are no FLV header") }
        guard Array(bytes[0..<4]) == [0x46, 0x4C, 0x56, 1] else { return fault("wrong signature or version") }
        if bytes[4] & ~5 != 0 { fault("reserved header flags are set: \(bytes[4])") }
        if uint(5, 4) != 9 { return fault("header of \(uint(5, 4)) bytes") }
        if uint(9, 4) != 0 { fault("PreviousTagSize0 is \(uint(9, 4))") }
        end = 13
    }

    private mutating func readTags() {
        var last: UInt32 = 0
        var time: Int64 = 0
        while end < bytes.count {
            guard end + 15 <= bytes.count, end + 15 + uint(end + 1, 3) <= bytes.count else {
                if !rules.mayBeCutOff { fault("the tag at \(end) is cut off at \(bytes.count)") }
                return
            }
            let size = uint(end + 1, 3)
            let type = bytes[end] & 31
            if ![8, 9, 15, 18].contains(type), !rules.mayHaveUnknownTags || type == 0 {
                return fault("no tag of type byte \(bytes[end]) at \(end)")
            }
            if bytes[end] & 0xC0 != 0 { return fault("reserved bits are set in the tag at \(end)") }
            if uint(end + 8, 3) != 0 { fault("stream ID \(uint(end + 8, 3)) in the tag at \(end)") }
            if uint(end + 11 + size, 4) != size + 11 {
                return fault("PreviousTagSize \(uint(end + 11 + size, 4)) behind the tag at \(end) of \(size + 11)")
            }
            let timestamp = UInt32(uint(end + 4, 3) | Int(bytes[end + 7]) << 24)
            time = tags.isEmpty ? Int64(timestamp) : time + Int64(Int32(bitPattern: timestamp &- last))
            last = timestamp
            let body = (end + 11)..<(end + 11 + size)
            let part = Content.parts(type: type, bytes[body]).first
            let isEncrypted = bytes[end] & 0x20 != 0
            let content = isEncrypted ? .encrypted : type > 9 ? .script : part?.content ?? .other
            tags.append(
                Tag(
                    offset: end, type: type, time: time, body: body, content: content,
                    track: part?.track.number ?? 0))
            end += size + 15
        }
    }

    /// No tag may be earlier than one of its own track before it.
    private mutating func checkTimes() {
        var latest: [Content.Track: Int64] = [:]
        for tag in tags {
            if tag.time < 0 { fault("the tag at \(tag.offset) has a time before 0") }
            guard tag.type == 8 || tag.type == 9 else { continue }
            let track = Content.Track(type: tag.type, number: tag.track)
            if let before = latest[track], tag.time < before {
                fault("the tag at \(tag.offset) of \(track) steps back from \(before) to \(tag.time) ms")
            }
            latest[track] = tag.time
        }
    }

    /// A frame must not come before what its decoder needs.
    private mutating func checkConfigurations() {
        guard rules.needsConfigurations else { return }
        var configured: Set<Content.Track> = []
        var reported: Set<Content.Track> = []
        for tag in tags {
            for part in Content.parts(type: tag.type, bytes[tag.body]) where tag.content != .encrypted {
                if part.content == .configuration { configured.insert(part.track) }
                guard case .frame = part.content, part.needsConfiguration, !configured.contains(part.track),
                    reported.insert(part.track).inserted
                else { continue }
                fault("the tag at \(tag.offset) has a frame of \(part.track) without a configuration before it")
            }
        }
    }

    private mutating func checkMetadata() {
        guard let first = tags.first else { return fault("there are no tags, not even metadata") }
        guard first.type == 18, first.time == 0 || first.time == frames.first?.time else {
            return fault("the first tag is not a script tag at the start")
        }
        var reader = StrictAMF(bytes[first.body])
        guard case .string("onMetaData")? = reader.value() else { return fault("the first tag is not onMetaData") }
        let value = reader.value()
        // A writer that is killed while it writes the index leaves the array shorter and hides the rest in a string.
        if rules.lag > 0 { while reader.value() != nil {} }
        guard case .ecmaArray(let properties, let count)? = value, reader.isAtEnd else {
            return fault("onMetaData is not one whole ECMA array")
        }
        if count != properties.count { fault("onMetaData counts \(count) properties and has \(properties.count)") }
        if Set(properties.map(\.name)).count != properties.count { fault("onMetaData says something twice") }
        metadata = .ecmaArray(properties, count: count)
        checkNumbers()
        checkIndex()
    }
}
