// SPDX-License-Identifier: Apache-2.0

import FLV

private let videoCodecs: [VideoMessage.Codec] =
    ["avc1", "hvc1", "vvc1", "av01", "vp08", "vp09"].compactMap { FourCC($0).map { .enhanced($0) } }
    + (2...7).map { .legacy($0) }
private let audioCodecs: [AudioMessage.Codec] =
    ["mp4a", "Opus", "fLaC", "ac-3", "ec-3", ".mp3"].compactMap { FourCC($0).map { .enhanced($0) } }
    + (0...15).map { .legacy($0) }

/// Which record, and its bytes.
func fuzzCodecs(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let which = input.byte()
    let body = Array(input.rest)
    let span = body.span
    switch which & 15 {
    case 0: if let record = try? AVCConfiguration(decoding: span) { _ = (record.codecString, record.format) }
    case 1: if let record = try? HEVCConfiguration(decoding: span) { _ = (record.codecString, record.format) }
    case 2: if let record = try? AV1Configuration(decoding: span) { _ = (record.codecString, record.format) }
    case 3: if let record = try? VPConfiguration(decoding: span) { _ = "\(record)" }
    case 4: if let record = try? VVCConfiguration(decoding: span) { _ = "\(record)" }
    case 5: if let record = try? AudioSpecificConfig(decoding: span) { _ = "\(record)" }
    case 6: if let record = try? OpusHead(decoding: span) { _ = "\(record)" }
    case 7: if let record = try? FLACStreamInfo(decoding: span) { _ = "\(record)" }
    case 8: _ = AC3Header(decoding: span).map { "\($0)" }
    case 9: _ = MP3Header(decoding: span).map { "\($0)" }
    case 10, 11: _ = VideoFormat(codec: videoCodecs[Int(which >> 4) % videoCodecs.count], configuration: span)
    case 12, 13: _ = VideoFormat(codec: videoCodecs[Int(which >> 4) % videoCodecs.count], keyframe: span)
    case 14: _ = AudioFormat(codec: audioCodecs[Int(which >> 4) % audioCodecs.count], configuration: span)
    default:
        let codec = audioCodecs[Int(which >> 4) % audioCodecs.count]
        _ = AudioFormat(codec: codec, flags: AudioMessage.SoundFlags(rawValue: which >> 4), frame: span)
    }
}
