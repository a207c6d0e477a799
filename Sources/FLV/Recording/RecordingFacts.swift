// SPDX-License-Identifier: Apache-2.0

import AMF
import Bytes

/// What the metadata of a recording say in numbers and truths, in ffmpeg's order. What nobody knows is left out.
struct RecordingFacts {
    /// The properties, encoded. At most 340 bytes.
    private(set) var bytes: [UInt8] = []
    /// How many there are.
    private(set) var count = 0
    let hasVideo: Bool
    let hasAudio: Bool

    static let names: Set<String> = [
        "duration", "width", "height", "framerate", "videocodecid", "audiosamplerate", "audiochannels", "stereo",
        "audiocodecid", "filesize", "hasVideo", "hasAudio", "lasttimestamp", "lastkeyframetimestamp",
        "lastkeyframelocation",
    ]

    /// The stream knows better than the publisher's metadata, which may be old; except for the frame rate: what the bitstream
    /// says is often the rate of fields or of nothing.
    ///
    /// - Parameter isFinal: whether only counts what came, and not what was announced and may still come.
    init(
        _ facts: StreamFacts, _ publisher: FLVMetadata, _ totals: RecordingTotals, _ lastKeyframe: KeyframeIndex.Entry?,
        isFinal: Bool
    ) {
        hasVideo = totals.hasVideo || !isFinal && (facts.video != nil || publisher.videoCodec != nil)
        hasAudio = totals.hasAudio || !isFinal && (facts.audio != nil || publisher.audioCodec != nil)
        append("duration", Double(totals.mediaMilliseconds) / 1000)
        if hasVideo {
            append("width", facts.videoFormat.map { Double($0.width) } ?? publisher.width.map(Double.init))
            append("height", facts.videoFormat.map { Double($0.height) } ?? publisher.height.map(Double.init))
            append("framerate", publisher.frameRate ?? facts.videoFormat?.frameRate)
            append("videocodecid", (facts.video ?? publisher.videoCodec)?.metadataNumber)
        }
        if hasAudio {
            append("audiosamplerate", facts.audioFormat.map { Double($0.sampleRate) } ?? publisher.audioSampleRate)
            append(
                "audiochannels",
                facts.audioFormat.map { Double($0.channels) } ?? publisher.properties["audiochannels"]?.number)
            append("stereo", facts.audioFormat.map { $0.channels == 2 } ?? publisher.isStereo)
            append("audiocodecid", (facts.audio ?? publisher.audioCodec)?.metadataNumber)
        }
        append("filesize", Double(totals.bytes))
        append("hasVideo", hasVideo)
        append("hasAudio", hasAudio)
        append("lasttimestamp", Double(totals.lastMilliseconds) / 1000)
        append("lastkeyframetimestamp", lastKeyframe.map { Double($0.time) / 1000 })
        append("lastkeyframelocation", lastKeyframe.map { Double($0.position) })
    }

    private mutating func append(_ name: String, _ number: Double?) {
        guard let number, number.isFinite else { return }
        bytes.appendPropertyName(name)
        bytes.append(0)
        bytes.appendDouble(number)
        count += 1
    }

    private mutating func append(_ name: String, _ boolean: Bool?) {
        guard let boolean else { return }
        bytes.appendPropertyName(name)
        bytes.append(contentsOf: [1, boolean ? 1 : 0])
        count += 1
    }
}
