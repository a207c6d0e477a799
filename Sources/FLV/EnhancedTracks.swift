// SPDX-License-Identifier: Apache-2.0

import Bytes

/// A track as it lies in an enhanced message, its body with composition time and everything.
struct EnhancedTrack {
    var id: UInt8
    var fourCC: FourCC
    var body: Range<Int>
}

/// A track that is to be written into an enhanced message.
struct OutgoingTrack {
    var id: UInt8
    var fourCC: FourCC
    var content: [UInt8]
}

extension EnhancedPrefix {
    /// As many tracks as there are IDs. A track can be as short as four bytes, so the size of the message is no limit.
    static let maximumTracks = 256

    /// The form of the message, and where its tracks lie. Not for commands.
    func tracks(in payload: Span<UInt8>) throws(FLVError) -> (form: MessageForm, tracks: [EnhancedTrack]) {
        guard let multitrack else {
            return (
                .enhanced, [EnhancedTrack(id: 0, fourCC: .init(rawValue: fourCC ?? 0), body: position..<payload.count)]
            )
        }
        guard let layout = MultitrackLayout(rawValue: multitrack) else {
            throw FLVError(.invalidValue, at: position, in: "multitrack layout \(multitrack)")
        }
        var tracks: [EnhancedTrack] = []
        var position = position
        repeat {
            guard tracks.count < Self.maximumTracks else { throw FLVError(.tooManyParts, at: position, in: "tracks") }
            let track = try Self.track(in: payload, at: position, layout: layout, fourCC: fourCC)
            tracks.append(track)
            position = track.body.upperBound
        } while position < payload.count
        return (.multitrack(layout), tracks)
    }

    private static func track(
        in payload: Span<UInt8>, at start: Int, layout: MultitrackLayout, fourCC: UInt32?
    ) throws(FLVError) -> EnhancedTrack {
        let codecSize = layout == .manyTracksManyCodecs ? 4 : 0
        guard let code = fourCC ?? payload.uint32(at: start), let id = payload.byte(at: start + codecSize) else {
            throw FLVError(.truncated, at: start, in: "head of a track")
        }
        var position = start + codecSize + 1
        var end = payload.count
        if layout != .oneTrack {
            guard let size = payload.uint24(at: position) else {
                throw FLVError(.truncated, at: position, in: "size of track \(id)")
            }
            guard Int(size) <= payload.count - position - 3 else {
                throw FLVError(.invalidLength, at: position, in: "size of track \(id)")
            }
            position += 3
            end = position + Int(size)
        }
        return EnhancedTrack(id: id, fourCC: FourCC(rawValue: code), body: position..<end)
    }

    /// Writes a message that is not legacy. `head` is the first byte without its packet type.
    static func encode(
        head: UInt8, _ medium: Medium, modifiers: [ModEx], packetType: UInt8, form: MessageForm,
        tracks: [OutgoingTrack], into output: inout [UInt8]
    ) throws(FLVError) {
        guard packetType < 16, packetType != modEx, packetType != medium.multitrack, let first = tracks.first else {
            throw FLVError(.unrepresentable, at: 0, in: "enhanced message")
        }
        guard case .multitrack(let layout) = form else {
            guard tracks.count == 1, first.id == 0 else {
                throw FLVError(.unrepresentable, at: 0, in: "tracks with IDs in a message without them")
            }
            try encodeModifiers(head: head, modifiers, packetType: packetType, into: &output)
            output.appendUInt32(first.fourCC.rawValue)
            output.append(contentsOf: first.content)
            return
        }
        guard layout != .oneTrack || tracks.count == 1, tracks.count <= maximumTracks,
            layout == .manyTracksManyCodecs || tracks.allSatisfy({ $0.fourCC == first.fourCC })
        else { throw FLVError(.unrepresentable, at: 0, in: "multitrack layout") }
        try encodeModifiers(head: head, modifiers, packetType: medium.multitrack, into: &output)
        output.append(layout.rawValue << 4 | packetType)
        if layout != .manyTracksManyCodecs { output.appendUInt32(first.fourCC.rawValue) }
        for track in tracks {
            if layout == .manyTracksManyCodecs { output.appendUInt32(track.fourCC.rawValue) }
            output.append(track.id)
            if layout != .oneTrack {
                guard track.content.count <= 0xFF_FFFF else {
                    throw FLVError(.unrepresentable, at: 0, in: "size of track \(track.id)")
                }
                output.appendUInt24(UInt32(truncatingIfNeeded: track.content.count))
            }
            output.append(contentsOf: track.content)
        }
    }

    /// Writes the first byte and all modifiers, the last of which announces `packetType`.
    static func encodeModifiers(
        head: UInt8, _ modifiers: [ModEx], packetType: UInt8, into output: inout [UInt8]
    ) throws(FLVError) {
        guard modifiers.count <= maximumModifiers else { throw FLVError(.unrepresentable, at: 0, in: "ModEx") }
        output.append(head | (modifiers.isEmpty ? packetType : modEx))
        for (index, modifier) in modifiers.enumerated() {
            try modifier.encode(next: index + 1 < modifiers.count ? modEx : packetType, into: &output)
        }
    }
}
