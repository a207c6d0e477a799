// SPDX-License-Identifier: Apache-2.0

/// What a relay has to know about an audio or video message, read from its first bytes without allocating.
///
/// It never fails: what it does not understand is ``Role/unknown``, and such a message can still be passed on. Of a message
/// with several tracks it describes the first one.
///
/// ```swift
/// let media = MediaClass(video: payload.span)
/// if media.role == .keyframe { startOfGroup = position }
/// ```
public struct MediaClass: Sendable, Hashable {
    /// The part that a message plays in its stream.
    public enum Role: Sendable, Hashable {
        /// A decoder configuration: late joiners need the last one of each track.
        case sequenceHeader
        /// A picture with which decoding can start.
        case keyframe
        /// Any other picture.
        case interFrame
        /// Coded audio.
        case audioFrame
        /// Color information of video, or the channel configuration of audio.
        case metadata
        /// The track ends, until frames follow nevertheless.
        case endOfSequence
        /// A video command without a picture.
        case command
        /// Nothing inside: no bytes at all, a frame without data, or an empty configuration of a codec that needs one,
        /// which ffmpeg sends before the real one and which must not replace it.
        case empty
        /// Something newer than this library, or damaged.
        case unknown
    }

    /// The part that the message plays.
    public var role: Role
    /// The track; 0 unless the message is a multitrack one.
    public var trackID: UInt8 = 0
    /// The packet type of an enhanced message, or the AVC or AAC packet type of a legacy one (the numbers 0 to 2 mean the
    /// same in both); 1 for legacy codecs without packet types.
    public var packetType: UInt8 = 1
    /// The codec of an enhanced message.
    public var fourCC: UInt32?
    /// The codec ID of a legacy video message or the sound format of a legacy audio message.
    public var legacyCodec: UInt8?
    /// Milliseconds from decoding to presentation of a picture; 0 where the message has no such field.
    public var compositionTime: Int32 = 0
    /// Whether the message is in multitrack form, even with one track.
    public var isMultitrack = false

    /// Looks at a video message (RTMP message type or FLV tag type 9).
    public init(video payload: Span<UInt8>) {
        role = .unknown
        guard let first = payload.byte(at: 0) else {
            role = .empty
            return
        }
        let frameType = first >> 4 & 7
        if first & 0x80 == 0 {
            readLegacyVideo(payload, codec: first & 15, frameType: frameType)
        } else if let track = readEnhanced(payload, .video) {
            role = videoRole(payload, track, frameType: frameType)
        }
    }

    /// Looks at an audio message (RTMP message type or FLV tag type 8).
    public init(audio payload: Span<UInt8>) {
        role = .unknown
        guard let first = payload.byte(at: 0) else {
            role = .empty
            return
        }
        if first >> 4 != 9 {
            readLegacyAudio(payload, format: first >> 4)
        } else if let track = readEnhanced(payload, .audio) {
            role = audioRole(isEmpty: track.isEmpty)
        }
    }

    /// Looks at the first bytes of a video message of `length` bytes; nil when the rest may matter, so that the whole must
    /// be looked at.
    public init?(video prefix: Span<UInt8>, of length: Int) {
        guard prefix.count == length || Self.isEnough(prefix, .video) else { return nil }
        self.init(video: prefix)
    }

    /// Looks at the first bytes of an audio message of `length` bytes; nil when the rest may matter, so that the whole must
    /// be looked at.
    public init?(audio prefix: Span<UInt8>, of length: Int) {
        guard prefix.count == length || Self.isEnough(prefix, .audio) else { return nil }
        self.init(audio: prefix)
    }

    /// Whether the first bytes of a longer message say all that there is to know.
    private static func isEnough(_ prefix: Span<UInt8>, _ medium: EnhancedPrefix.Medium) -> Bool {
        // The longest head without the exceptions below: a byte, a FourCC and a composition time, and a byte of body.
        guard prefix.count >= 9 else { return false }
        let first = prefix[0]
        switch medium {
        case .audio where first >> 4 != 9, .video where first & 0x80 == 0: return true
        // Whether a frame of no known kind is a keyframe stands anywhere in it.
        case .video where first >> 4 & 7 == 0: return false
        case .audio, .video:
            // Modifiers are of any length, and of several tracks the size of the first counts.
            let packetType = first & 15
            return packetType != EnhancedPrefix.modEx && packetType != medium.multitrack
        }
    }

    private mutating func readLegacyVideo(_ payload: Span<UInt8>, codec: UInt8, frameType: UInt8) {
        legacyCodec = codec
        guard frameType != 5 else {
            role = .command
            return
        }
        let isKey = frameType == 1 || frameType == 4
        guard LegacyCodec.hasPacketType(video: codec) else {
            role = payload.count < 2 ? .empty : isKey ? .keyframe : .interFrame
            return
        }
        guard payload.count >= 5 else { return }
        packetType = payload[1]
        compositionTime = payload.int24(at: 2) ?? 0
        switch packetType {
        // MPEG-4 part 2 has no configuration in FLV and still announces one.
        case 0: role = payload.count == 5 && codec != 9 ? .empty : .sequenceHeader
        case 1: role = payload.count == 5 ? .empty : isKey ? .keyframe : .interFrame
        case 2: role = .endOfSequence
        default: role = .unknown
        }
    }

    private mutating func readLegacyAudio(_ payload: Span<UInt8>, format: UInt8) {
        legacyCodec = format
        guard format == LegacyCodec.aac else {
            role = payload.count < 2 ? .empty : .audioFrame
            return
        }
        guard payload.count >= 2 else { return }
        packetType = payload[1]
        switch packetType {
        case 0: role = payload.count == 2 ? .empty : .sequenceHeader
        case 1: role = payload.count == 2 ? .empty : .audioFrame
        default: role = .unknown
        }
    }

    /// Reads everything before the body of the first track, and says where the body lies; `nil` when there is none to
    /// judge.
    private mutating func readEnhanced(_ payload: Span<UInt8>, _ medium: EnhancedPrefix.Medium) -> Range<Int>? {
        var noModifiers: [ModEx]?
        guard let prefix = try? EnhancedPrefix(payload, medium, modifiers: &noModifiers) else { return nil }
        packetType = prefix.packetType
        fourCC = prefix.fourCC
        isMultitrack = prefix.multitrack != nil
        if prefix.isCommand {
            role = .command
            return nil
        }
        guard let number = prefix.multitrack else { return prefix.position..<payload.count }
        guard let layout = MultitrackLayout(rawValue: number) else { return nil }
        var position = prefix.position
        if layout == .manyTracksManyCodecs {
            fourCC = payload.uint32(at: position)
            position += 4
        }
        guard let id = payload.byte(at: position) else { return nil }
        trackID = id
        position += 1
        guard layout != .oneTrack else { return position..<payload.count }
        guard let size = payload.uint24(at: position), Int(size) <= payload.count - position - 3 else { return nil }
        return (position + 3)..<(position + 3 + Int(size))
    }

    private mutating func videoRole(_ payload: Span<UInt8>, _ body: Range<Int>, frameType: UInt8) -> Role {
        guard let fourCC else { return .unknown }
        let codec = FourCC(rawValue: fourCC)
        switch packetType {
        case 0, 5: return body.isEmpty && codec.needsConfiguration ? .empty : .sequenceHeader
        case 1, 3:
            let head = packetType == 1 && codec.hasCompositionTime ? 3 : 0
            guard body.count >= head else { return .unknown }
            if head > 0 { compositionTime = payload.int24(at: body.lowerBound) ?? 0 }
            guard body.count > head else { return .empty }
            switch frameType {
            case 0:
                let isKey = KeyframeProbe.isKeyframe(
                    payload, at: body.lowerBound + head, to: body.upperBound, fourCC: fourCC)
                return isKey ? .keyframe : .interFrame
            case 1, 4: return .keyframe
            default: return .interFrame
            }
        case 2: return .endOfSequence
        case 4: return .metadata
        default: return .unknown
        }
    }

    private func audioRole(isEmpty: Bool) -> Role {
        guard let fourCC else { return .unknown }
        switch packetType {
        case 0: return isEmpty && FourCC(rawValue: fourCC).needsConfiguration ? .empty : .sequenceHeader
        case 1: return isEmpty ? .empty : .audioFrame
        case 2: return .endOfSequence
        case 4: return .metadata
        default: return .unknown
        }
    }
}

/// What the legacy codec numbers have in common.
enum LegacyCodec {
    static let aac: UInt8 = 10
    static let avc: UInt8 = 7
    static let hevc: UInt8 = 12

    /// Whether a packet type and a composition time follow the first byte: AVC, MPEG-4 part 2, and the numbers that
    /// Chinese services use for HEVC, AV1 and VVC.
    static func hasPacketType(video codec: UInt8) -> Bool {
        codec == avc || codec == 9 || (12...14).contains(codec)
    }
}
