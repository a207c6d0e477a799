// SPDX-License-Identifier: Apache-2.0

import Bytes

extension VideoMessage {
    /// Decodes the payload of an RTMP message or FLV tag of type 9.
    ///
    /// No bytes at all are a message without tracks: servers send such fillers.
    /// - Throws: ``FLVError/Code/truncated``, ``FLVError/Code/invalidLength``, ``FLVError/Code/invalidValue``,
    ///   ``FLVError/Code/tooManyParts``, with the offset in the payload.
    public init(decoding payload: Span<UInt8>) throws(FLVError) {
        guard let first = payload.byte(at: 0) else {
            self.init(form: .legacy, frameType: .unspecified, packetType: .codedFrames, tracks: [])
            return
        }
        if first & 0x80 == 0 {
            try self.init(legacy: payload, first: first)
        } else {
            try self.init(enhanced: payload, first: first)
        }
    }

    private init(legacy payload: Span<UInt8>, first: UInt8) throws(FLVError) {
        let number = first & 15
        self.init(
            form: .legacy, frameType: FrameType(rawValue: first >> 4), packetType: .codedFrames,
            tracks: [Track(codec: .legacy(number), body: [])])
        if frameType == .command {
            command = try Self.command(in: payload, at: 1)
            return
        }
        var start = 1
        if LegacyCodec.hasPacketType(video: number) {
            guard let type = payload.byte(at: 1), let time = payload.int24(at: 2) else {
                throw FLVError(.truncated, at: payload.count, in: "AVC packet head")
            }
            packetType = PacketType(rawValue: type)
            tracks[0].compositionTime = time
            start = 5
        }
        tracks[0].body = [UInt8](copying: payload.extracting(start..<payload.count))
    }

    private init(enhanced payload: Span<UInt8>, first: UInt8) throws(FLVError) {
        var modifiers: [ModEx]? = []
        let prefix = try EnhancedPrefix(payload, .video, modifiers: &modifiers)
        self.init(
            form: .enhanced, frameType: FrameType(rawValue: first >> 4 & 7),
            packetType: PacketType(rawValue: prefix.packetType), modifiers: modifiers ?? [], tracks: [])
        if prefix.isCommand {
            command = try Self.command(in: payload, at: prefix.position)
            return
        }
        let (form, found) = try prefix.tracks(in: payload)
        self.form = form
        for track in found {
            var start = track.body.lowerBound
            var time: Int32 = 0
            if packetType == .codedFrames, track.fourCC.hasCompositionTime {
                guard track.body.count >= 3, let raw = payload.int24(at: start) else {
                    throw FLVError(.truncated, at: start, in: "composition time of track \(track.id)")
                }
                time = raw
                start += 3
            }
            tracks.append(
                Track(
                    id: track.id, codec: .enhanced(track.fourCC), compositionTime: time,
                    body: [UInt8](copying: payload.extracting(start..<track.body.upperBound))))
        }
    }

    private static func command(in payload: Span<UInt8>, at position: Int) throws(FLVError) -> UInt8 {
        guard let command = payload.byte(at: position) else {
            throw FLVError(.truncated, at: position, in: "video command")
        }
        return command
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
        guard let track = tracks.first else {
            guard command == nil else { throw FLVError(.unrepresentable, at: 0, in: "legacy command without codec") }
            return
        }
        guard tracks.count == 1, track.id == 0, modifiers.isEmpty, frameType.rawValue < 8,
            (command != nil) == (frameType == .command), case .legacy(let number) = track.codec, number < 16
        else { throw FLVError(.unrepresentable, at: 0, in: "legacy video message") }
        output.append(frameType.rawValue << 4 | number)
        if let command {
            output.append(command)
            return
        }
        if LegacyCodec.hasPacketType(video: number) {
            output.append(packetType.rawValue)
            try Self.encode(compositionTime: track.compositionTime, into: &output)
        } else if packetType != .codedFrames || track.compositionTime != 0 {
            throw FLVError(.unrepresentable, at: 0, in: "packet type of a legacy codec without packet types")
        }
        output.append(contentsOf: track.body)
    }

    private func encodeEnhanced(into output: inout [UInt8]) throws(FLVError) {
        let isCommand = frameType == .command && packetType != .metadata
        guard frameType.rawValue < 8, packetType.rawValue < 16, (command != nil) == isCommand else {
            throw FLVError(.unrepresentable, at: 0, in: "enhanced video message")
        }
        // Readers take frame type 5 in front of a multitrack head for a command.
        guard frameType != .command || isCommand || form == .enhanced else {
            throw FLVError(.unrepresentable, at: 0, in: "multitrack metadata with the frame type of a command")
        }
        let head = 0x80 | frameType.rawValue << 4
        if let command {
            guard packetType.rawValue != EnhancedPrefix.modEx else {
                throw FLVError(.unrepresentable, at: 0, in: "enhanced video command")
            }
            try EnhancedPrefix.encodeModifiers(head: head, modifiers, packetType: packetType.rawValue, into: &output)
            output.append(command)
            return
        }
        var outgoing: [OutgoingTrack] = []
        for track in tracks {
            guard case .enhanced(let code) = track.codec else {
                throw FLVError(.unrepresentable, at: 0, in: "legacy codec in an enhanced message")
            }
            var content: [UInt8] = []
            if packetType == .codedFrames, code.hasCompositionTime {
                try Self.encode(compositionTime: track.compositionTime, into: &content)
            } else if track.compositionTime != 0 {
                throw FLVError(.unrepresentable, at: 0, in: "composition time of track \(track.id)")
            }
            content.append(contentsOf: track.body)
            outgoing.append(OutgoingTrack(id: track.id, fourCC: code, content: content))
        }
        try EnhancedPrefix.encode(
            head: head, .video, modifiers: modifiers, packetType: packetType.rawValue, form: form, tracks: outgoing,
            into: &output)
    }

    private static func encode(compositionTime: Int32, into output: inout [UInt8]) throws(FLVError) {
        guard (-0x80_0000...0x7F_FFFF).contains(compositionTime) else {
            throw FLVError(.unrepresentable, at: 0, in: "composition time")
        }
        output.appendUInt24(UInt32(bitPattern: compositionTime) & 0xFF_FFFF)
    }
}
