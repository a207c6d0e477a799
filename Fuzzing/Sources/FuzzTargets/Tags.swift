// SPDX-License-Identifier: Apache-2.0

import FLV

/// The number of an FLV tag's kind, and its payload.
func fuzzTags(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let kind = FLVTag.Kind(rawValue: input.byte())
    let payload = Array(input.rest)
    switch kind {
    case .audio: audio(payload)
    case .video: video(payload)
    default: metadata(payload)
    }
}

private func video(_ payload: [UInt8]) {
    let media = MediaClass(video: payload.span)
    guard let message = try? VideoMessage(decoding: payload.span) else { return }
    _ = (message.isKeyframe, message.nanosecondOffset)
    var encoded: [UInt8] = []
    must("encode") { try message.encode(into: &encoded) }
    let again = must("decode what was encoded") { try VideoMessage(decoding: encoded.span) }
    check(again == message, "\(message) became \(again)")
    // Behind the number of a command nothing is kept.
    if message.command == nil { check(encoded == payload, "\(message): bytes changed") }
    if let track = message.tracks.first, message.command == nil {
        check(media.trackID == track.id, "\(media) and \(message)")
        if case .enhanced(let code) = track.codec { check(media.fourCC == code.rawValue, "\(media) and \(message)") }
        check(media.packetType == message.packetType.rawValue, "\(media) and \(message)")
    }
    if case .multitrack = message.form { check(media.isMultitrack, "\(media) and \(message)") }
    for track in message.tracks {
        _ = VideoFormat(codec: track.codec, configuration: track.body.span)
        _ = VideoFormat(codec: track.codec, keyframe: track.body.span)
    }
}

private func audio(_ payload: [UInt8]) {
    let media = MediaClass(audio: payload.span)
    guard let message = try? AudioMessage(decoding: payload.span) else { return }
    _ = message.nanosecondOffset
    var encoded: [UInt8] = []
    must("encode") { try message.encode(into: &encoded) }
    let again = must("decode what was encoded") { try AudioMessage(decoding: encoded.span) }
    check(again == message, "\(message) became \(again)")
    check(encoded == payload, "\(message): bytes changed")
    if let track = message.tracks.first {
        check(media.trackID == track.id, "\(media) and \(message)")
        if case .enhanced(let code) = track.codec { check(media.fourCC == code.rawValue, "\(media) and \(message)") }
    }
    if case .multitrack = message.form { check(media.isMultitrack, "\(media) and \(message)") }
    for track in message.tracks {
        _ = AudioFormat(codec: track.codec, configuration: track.body.span)
        _ = AudioFormat(codec: track.codec, flags: message.flags, frame: track.body.span)
        guard let layout = try? MultichannelConfig(decoding: track.body.span) else { continue }
        var encoded: [UInt8] = []
        must("encode") { try layout.encode(into: &encoded) }
        let again = must("decode what was encoded") { try MultichannelConfig(decoding: encoded.span) }
        check(again == layout, "\(layout) became \(again)")
    }
}

private func metadata(_ payload: [UInt8]) {
    guard let metadata = FLVMetadata(decoding: payload.span) else { return }
    _ = (metadata.duration, metadata.fileSize, metadata.width, metadata.height, metadata.frameRate)
    _ = (metadata.videoCodec, metadata.audioCodec, metadata.isStereo, metadata.encoder)
    var encoded: [UInt8] = []
    must("encode") { try metadata.encode(into: &encoded) }
    let again = FLVMetadata(decoding: encoded.span)
    check(again == metadata, "\(metadata) became \(String(describing: again))")
}
