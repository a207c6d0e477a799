// SPDX-License-Identifier: Apache-2.0

/// What an enhanced audio or video message says before its tracks: modifiers, packet type, multitrack layout and FourCC
/// (E-RTMP v2, Enhanced Video and Enhanced Audio). Reading it allocates nothing unless the modifiers are wanted.
struct EnhancedPrefix {
    /// The packet type that counts, behind all modifiers and inside a multitrack message.
    var packetType: UInt8
    /// How tracks are laid out; `nil` for a message of one track without an ID.
    var multitrack: UInt8?
    /// The codec of all tracks; `nil` where each track names its own.
    var fourCC: UInt32?
    /// Where the tracks or the body start.
    var position: Int
    /// Whether a video command follows, which has neither codec nor tracks.
    var isCommand = false

    /// Audio and video give these packet types different numbers.
    enum Medium {
        case audio, video

        var multitrack: UInt8 { self == .audio ? 5 : 6 }
    }

    static let modEx: UInt8 = 7
    static let videoMetadata: UInt8 = 4
    /// More modifiers than anybody sends; a longer chain is an attack on our time.
    static let maximumModifiers = 16

    init(_ payload: Span<UInt8>, _ medium: Medium, modifiers: inout [ModEx]?) throws(FLVError) {
        guard let first = payload.byte(at: 0) else { throw FLVError(.truncated, at: 0, in: "enhanced message") }
        packetType = first & 15
        position = 1
        var count = 0
        while packetType == Self.modEx {
            count += 1
            guard count <= Self.maximumModifiers else { throw FLVError(.tooManyParts, at: position, in: "ModEx") }
            let block = try ModEx.Block(payload, at: position)
            modifiers?.append(ModEx(block, in: payload))
            packetType = block.nextPacketType
            position = block.end
        }
        if medium == .video, first >> 4 & 7 == 5, packetType != Self.videoMetadata {
            isCommand = true
            return
        }
        if packetType == medium.multitrack {
            guard let byte = payload.byte(at: position) else {
                throw FLVError(.truncated, at: position, in: "multitrack head")
            }
            packetType = byte & 15
            multitrack = byte >> 4
            guard packetType != medium.multitrack, packetType != Self.modEx else {
                throw FLVError(.invalidValue, at: position, in: "packet type inside multitrack")
            }
            position += 1
        }
        guard multitrack != MultitrackLayout.manyTracksManyCodecs.rawValue else { return }
        guard let fourCC = payload.uint32(at: position) else { throw FLVError(.truncated, at: position, in: "FourCC") }
        self.fourCC = fourCC
        position += 4
    }
}
