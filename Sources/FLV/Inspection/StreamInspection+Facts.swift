// SPDX-License-Identifier: Apache-2.0

import AMF

extension StreamInspection {
    /// Everything found out, for programs. Times are seconds on the stream's own line, rates bits per second.
    public var facts: [Fact.Entry] {
        [
            .init("durationSeconds", .seconds(duration)),
            .init("bitrate", .optional(bitrate)),
            .init("peakBitrate", .count(peakBitrate)),
            .init("tracks", .list(tracks.map(\.facts))),
            .init("sync", syncFacts),
            .init("timestampFaults", faultFacts),
            .init("unreadableMessages", .count(unreadableMessages)),
            .init("encryptedMessages", .count(encryptedMessages)),
            .init(
                "keyframeIndex",
                indexEntries == 0
                    ? .unknown
                    : .table([
                        .init("entries", .count(Int64(indexEntries))), .init("right", .count(Int64(rightIndexEntries))),
                    ])),
            .init("metadata", metadata.map { Fact($0.properties) } ?? .unknown),
        ]
    }

    private var syncFacts: Fact {
        guard let skew else { return .unknown }
        return .table([
            .init("startSkewMilliseconds", .count(skew.start)),
            .init("endSkewMilliseconds", .count(skew.end)),
            .init("driftMilliseconds", .count(skew.drift)),
            .init("interleavingMilliseconds", .count(interleaving)),
        ])
    }

    private var faultFacts: Fact {
        .table(
            TimestampFault.Kind.allCases.map { .init($0.countName, .count(faultCounts[$0] ?? 0)) } + [
                .init(
                    "first",
                    .list(
                        faults.map { fault in
                            .table([
                                .init("kind", .text(fault.kind.rawValue)), .init("track", .text(fault.track.words)),
                                .init("fromSeconds", .seconds(fault.from)), .init("toSeconds", .seconds(fault.to)),
                                .init("offset", .optional(fault.offset)),
                            ])
                        }))
            ])
    }
}

extension TrackInspection {
    /// Everything found out about the track, for programs.
    public var facts: Fact {
        var entries: [Fact.Entry] = [
            .init("type", .text(isVideo ? "video" : "audio")), .init("id", .count(Int64(number))),
            .init("codec", .text(description.name)), .init("codecId", .text(description.identifier)),
            .init("codecString", .optional(description.codecString)), .init("profile", .optional(description.profile)),
            .init("level", .optional(description.level)),
        ]
        entries += isVideo ? videoFacts : audioFacts
        return .table(
            entries + [
                .init("frames", .count(frames)), .init("bytes", .count(bytes)), .init("bitrate", .optional(bitrate)),
                .init("peakBitrate", .count(peakBitrate)), .init("startSeconds", .seconds(firstTime)),
                .init("lastSeconds", .seconds(lastTime)), .init("durationSeconds", .seconds(duration)),
                .init("configurations", .count(configurations)),
                .init("configurationChanges", .count(configurationChanges)), .init("ends", .count(ends)),
            ])
    }

    private var videoFacts: [Fact.Entry] {
        let rate = milliframesPerSecond.map { Fact.number(Double($0) / 1000) } ?? .unknown
        let color = videoFormat?.color
        return [
            .init("width", .optional(videoFormat.map { Int64($0.width) })),
            .init("height", .optional(videoFormat.map { Int64($0.height) })),
            .init("bitDepth", .optional(videoFormat.map { Int64($0.bitDepth) })),
            .init("chroma", .optional(videoFormat?.chroma.words)),
            .init("transfer", .optional(color.map { Int64($0.transfer) })),
            .init("codedFrameRate", videoFormat?.frameRate.map(Fact.number) ?? .unknown), .init("frameRate", rate),
            .init("keyframes", .count(keyframes)),
            .init(
                "keyframeIntervalSeconds",
                keyframeIntervals.count == 0
                    ? .unknown
                    : .table([
                        .init("least", .seconds(keyframeIntervals.smallest)),
                        .init("mean", .seconds(keyframeIntervals.mean)),
                        .init("most", .seconds(keyframeIntervals.largest)),
                    ])),
            .init(
                "compositionMilliseconds",
                compositionTimes.map { .list([.count($0.lowerBound), .count($0.upperBound)]) } ?? .unknown),
        ]
    }

    private var audioFacts: [Fact.Entry] {
        [
            .init("sampleRate", .optional(audioFormat.map { Int64($0.sampleRate) })),
            .init("channels", .optional(audioFormat.map { Int64($0.channels) })),
            .init("clockDriftMilliseconds", .optional(clockDrift)), .init("emptyFrames", .count(emptyFrames)),
        ]
    }
}

extension FileInspection {
    /// What the file is around its stream, for programs.
    public var facts: Fact {
        let kinds = tags.sorted { $0.key.rawValue < $1.key.rawValue }
        return .table([
            .init("format", .text("flv")), .init("version", .optional(header.map { Int64($0.version) })),
            .init("hasAudio", header.map { .truth($0.hasAudio) } ?? .unknown),
            .init("hasVideo", header.map { .truth($0.hasVideo) } ?? .unknown),
            .init("headerBytes", .optional(header.map { Int64(FLVHeader.minimumSize + $0.extra.count) })),
            .init("headers", .count(Int64(headers))), .init("bytes", .count(bytes)),
            .init("tags", .table(kinds.map { .init($0.key.description, .count($0.value)) })),
            .init("wrongPreviousTagSizes", .count(wrongPreviousTagSizes)),
            .init("fault", .optional(error?.description)),
            .init("faultOffset", .optional(error.map { Int64($0.offset) })),
        ])
    }
}

extension Fact {
    /// What metadata say.
    init(_ object: AMF0Object) {
        self = .table(object.properties.map { .init($0.name.string, Fact($0.value)) })
    }

    /// A value of metadata.
    init(_ value: AMF0Value) {
        switch value {
        case .number(let number), .date(let number, _): self = .number(number)
        case .boolean(let truth): self = .truth(truth)
        default:
            if let text = value.string {
                self = .text(text)
            } else if let values = value.array {
                self = .list(values.map { Fact($0) })
            } else if let object = value.object {
                self.init(object)
            } else {
                self = value.number.map(Fact.number) ?? .unknown
            }
        }
    }
}

extension TimestampFault.Kind {
    fileprivate var countName: String { self == .stepBack ? "stepsBack" : rawValue + "s" }
}

extension Tracks.ID {
    /// `audio 0`, `video 1`.
    var words: String {
        switch self {
        case .audio(let number): "audio \(number)"
        case .video(let number): "video \(number)"
        }
    }
}

extension VideoFormat.ChromaFormat {
    /// As people write it.
    var words: String {
        switch self {
        case .monochrome: "gray"
        case .yuv420: "4:2:0"
        case .yuv422: "4:2:2"
        case .yuv444: "4:4:4"
        }
    }
}
