// SPDX-License-Identifier: Apache-2.0

import Bytes

extension AudioMessage {
    /// Decodes the payload of an RTMP message or FLV tag of type 8.
    ///
    /// - Throws: ``FLVError/Code/truncated``, ``FLVError/Code/invalidLength``, ``FLVError/Code/invalidValue``,
    ///   ``FLVError/Code/tooManyParts``, with the offset in the payload.
    public init(decoding payload: Span<UInt8>) throws(FLVError) {
        guard let first = payload.byte(at: 0) else {
            self.init(form: .legacy, packetType: .codedFrames, tracks: [])
            return
        }
        if first >> 4 == Self.enhancedFormat {
            try self.init(enhanced: payload)
        } else {
            try self.init(legacy: payload, first: first)
        }
    }

    private static let enhancedFormat: UInt8 = 9

    private init(legacy payload: Span<UInt8>, first: UInt8) throws(FLVError) {
        let format = first >> 4
        self.init(form: .legacy, flags: SoundFlags(rawValue: first & 15), packetType: .codedFrames, tracks: [])
        var start = 1
        if format == LegacyCodec.aac {
            guard let type = payload.byte(at: 1) else { throw FLVError(.truncated, at: 1, in: "AAC packet type") }
            packetType = PacketType(rawValue: type)
            start = 2
        }
        let body = [UInt8](copying: payload.extracting(start..<payload.count))
        tracks = [Track(codec: .legacy(format), body: body)]
    }

    private init(enhanced payload: Span<UInt8>) throws(FLVError) {
        var modifiers: [ModEx]? = []
        let prefix = try EnhancedPrefix(payload, .audio, modifiers: &modifiers)
        let (form, found) = try prefix.tracks(in: payload)
        self.init(
            form: form, packetType: PacketType(rawValue: prefix.packetType), modifiers: modifiers ?? [],
            tracks: found.map { track in
                Track(
                    id: track.id, codec: .enhanced(track.fourCC),
                    body: [UInt8](copying: payload.extracting(track.body)))
            })
    }

    /// Appends the message.
    ///
    /// - Throws: ``FLVError/Code/unrepresentable`` when a field does not fit, or the parts contradict the form; `output` is
    ///   as before then.
    public func encode(into output: inout [UInt8]) throws(FLVError) {
        let start = output.count
        do {
            switch form {
            case .legacy: try encodeLegacy(into: &output)
            case .enhanced, .multitrack: try encodeEnhanced(into: &output)
            }
        } catch {
            output.removeSubrange(start...)
            throw error
        }
    }

    private func encodeLegacy(into output: inout [UInt8]) throws(FLVError) {
        guard let track = tracks.first else { return }
        guard tracks.count == 1, track.id == 0, modifiers.isEmpty, flags.rawValue < 16,
            case .legacy(let format) = track.codec, format < 16, format != Self.enhancedFormat
        else { throw FLVError(.unrepresentable, at: 0, in: "legacy audio message") }
        output.append(format << 4 | flags.rawValue)
        if format == LegacyCodec.aac {
            output.append(packetType.rawValue)
        } else if packetType != .codedFrames {
            throw FLVError(.unrepresentable, at: 0, in: "packet type of a legacy codec without packet types")
        }
        output.append(contentsOf: track.body)
    }

    private func encodeEnhanced(into output: inout [UInt8]) throws(FLVError) {
        var outgoing: [OutgoingTrack] = []
        for track in tracks {
            guard case .enhanced(let code) = track.codec else {
                throw FLVError(.unrepresentable, at: 0, in: "legacy codec in an enhanced message")
            }
            outgoing.append(OutgoingTrack(id: track.id, fourCC: code, content: track.body))
        }
        try EnhancedPrefix.encode(
            head: Self.enhancedFormat << 4, .audio, modifiers: modifiers, packetType: packetType.rawValue, form: form,
            tracks: outgoing, into: &output)
    }
}
