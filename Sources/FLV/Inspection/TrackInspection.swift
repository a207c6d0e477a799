// SPDX-License-Identifier: Apache-2.0

/// What a track turned out to be. Times are milliseconds on the stream's own line, counted on over wraps.
public struct TrackInspection: Sendable {
    /// Medium and number.
    public let id: Tracks.ID
    /// The codec of the newest frame or configuration.
    public internal(set) var codec: Tracks.Codec
    /// The codec in words.
    public internal(set) var description: CodecDescription
    /// What pictures look like.
    public internal(set) var videoFormat: VideoFormat?
    /// What sound is like.
    public internal(set) var audioFormat: AudioFormat?
    /// The newest configuration, up to ``Tracks/configurationLimit`` bytes.
    public internal(set) var configuration: [UInt8]?
    /// How many configurations came.
    public internal(set) var configurations: Int64 = 0
    /// How many of them differed from the one before.
    public internal(set) var configurationChanges: Int64 = 0
    /// How many ends of the track were told.
    public internal(set) var ends: Int64 = 0

    /// Frames of sound without any data, which ffmpeg writes at the end of FLAC.
    public internal(set) var emptyFrames: Int64 = 0

    /// Frames.
    public private(set) var frames: Int64 = 0
    /// Those of them with which decoding can start; 0 for sound.
    public private(set) var keyframes: Int64 = 0
    /// Bytes of the frames, with what the format puts in front of each.
    public private(set) var bytes: Int64 = 0
    /// Decoding time of the first frame.
    public private(set) var firstTime: Int64?
    /// Decoding time of the last frame in the order of the stream.
    public private(set) var lastTime: Int64?
    /// When the first picture or sound is presented.
    public private(set) var firstPresentation: Int64?
    /// The smallest and the largest offset of presentation, where the codec has one.
    public private(set) var compositionTimes: ClosedRange<Int64>?
    /// Between keyframes.
    public private(set) var keyframeIntervals = DurationSpread()
    /// Between frames, steps back and jumps left out.
    public private(set) var frameIntervals = DurationSpread()

    /// Samples of all frames but the last one, where the codec tells them.
    var samples: Int64?
    private var lastSamples: Int64 = 0
    private var latest: Int64 = .min
    private var lastKeyframe: Int64?
    private var lastStep: Int64 = 0
    private var rate = BytesPerSecond()
    /// Formats are looked for in so many frames.
    var framesToTry = 16

    init(_ id: Tracks.ID, _ codec: Tracks.Codec) {
        self.id = id
        self.codec = codec
        description = CodecDescription(codec, configuration: nil)
    }

    /// Whether this is a track of pictures.
    public var isVideo: Bool {
        if case .video = id { true } else { false }
    }

    /// The track's number.
    public var number: UInt8 {
        switch id {
        case .audio(let number), .video(let number): number
        }
    }

    /// When the last presented frame is over, as far as the mean distance of frames tells.
    public var end: Int64? {
        frames > 0 ? latest &+ min(1_000, frameIntervals.mean) : nil
    }

    /// Milliseconds from the first frame to the end of the last one.
    public var duration: Int64 {
        guard let firstTime, let lastTime else { return 0 }
        return max(0, lastTime &- firstTime) &+ min(1_000, frameIntervals.mean)
    }

    /// Frames per second as they came, in thousandths; nil where the times do not tell.
    public var milliframesPerSecond: Int64? {
        guard let firstTime, let lastTime, lastTime > firstTime, frames > 1, frames < 1 << 40 else { return nil }
        let span = lastTime &- firstTime
        return ((frames - 1) * 1_000_000 + span / 2) / span
    }

    /// Bits per second on average; nil for less than two frames.
    public var bitrate: Int64? { Self.bitrate(of: bytes, over: frames > 1 ? duration : 0) }

    /// Bits of the busiest second.
    public var peakBitrate: Int64 { rate.peak * 8 }

    /// How many milliseconds more the times have grown than the samples of the frames say: what is lost, or a clock that
    /// is wrong. Nil where the codec does not tell how long a frame is.
    public var clockDrift: Int64? {
        guard let samples, let firstTime, let lastTime, let format = audioFormat, samples < 1 << 50 else { return nil }
        return (lastTime &- firstTime) &- samples * 1000 / Int64(samplingRate ?? format.sampleRate)
    }

    /// Samples of each frame, where the configuration tells.
    var samplesPerFrame: Int64 = 0

    /// Samples per second as frames count them: the rate of the core, where a decoder doubles it.
    var samplingRate: Int?

    static func bitrate(of bytes: Int64, over milliseconds: Int64) -> Int64? {
        guard milliseconds > 0, bytes < 1 << 49 else { return nil }
        return bytes * 8000 / milliseconds
    }

    /// Takes note of a frame.
    ///
    /// - Returns: what is wrong with its time.
    mutating func note(
        frame size: Int, isKeyframe: Bool, at time: Int64, compositionTime: Int64, samples count: Int64?
    ) -> TimestampFault.Kind? {
        let fault = judge(time)
        if let lastTime { lastStep = time &- lastTime }
        // ffmpeg takes offsets above a quarter of an hour for damage, and so do we.
        let offset = compositionTime.magnitude > 900_000 ? 0 : compositionTime
        if let lastTime, fault == nil || fault == .gap { frameIntervals.note(time &- lastTime) }
        if isVideo {
            compositionTimes =
                compositionTimes.map {
                    min($0.lowerBound, compositionTime)...max($0.upperBound, compositionTime)
                } ?? compositionTime...compositionTime
        }
        if let count {
            samples = (samples ?? 0) &+ lastSamples
            lastSamples = count
        }
        if isKeyframe {
            if let lastKeyframe, time >= lastKeyframe, fault != .jump {
                keyframeIntervals.note(time &- lastKeyframe)
            }
            lastKeyframe = time
            keyframes += 1
        }
        firstTime = firstTime ?? time
        firstPresentation = min(firstPresentation ?? .max, time &+ offset)
        lastTime = time
        latest = max(latest, time &+ offset)
        bytes &+= Int64(size)
        rate.note(size, at: time)
        frames += 1
        return fault
    }

    /// Gaps of sound are heard earlier than gaps of pictures are seen. A picture every ten seconds is no fault where they
    /// always come so.
    private func judge(_ time: Int64) -> TimestampFault.Kind? {
        guard let lastTime else { return nil }
        let step = time &- lastTime
        if step < 0 { return .stepBack }
        if step > 10_000, step > 5 * frameIntervals.mean, step / 2 > lastStep { return .jump }
        let shortest: Int64 = isVideo ? 1_000 : 250
        guard frameIntervals.count > 1, step > shortest, step > 5 * max(1, frameIntervals.mean) else { return nil }
        return .gap
    }
}

/// A time that does not follow from the one before it in its track.
public struct TimestampFault: Sendable, Hashable {
    /// What is wrong.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Earlier than the frame before.
        case stepBack
        /// More than ten seconds, and five usual distances, after it.
        case jump
        /// Sound is missing for a quarter of a second, or pictures for one; and for five usual distances.
        case gap
    }

    /// What is wrong.
    public var kind: Kind
    /// In which track.
    public var track: Tracks.ID
    /// The time before, in milliseconds.
    public var from: Int64
    /// The time that follows, in milliseconds.
    public var to: Int64
    /// Where the tag lies in its file, or nil where there is none.
    public var offset: Int64?
}
