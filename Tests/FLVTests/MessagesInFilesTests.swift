// SPDX-License-Identifier: Apache-2.0

import FLV
import TestSupport
import Testing

/// All audio and video tags of all fixtures.
@Suite struct MessagesInFilesTests {
    @Test(arguments: Fixture.list("flv", suffix: ".flv"))
    func `every message is written to the bytes it came from`(_ name: String) throws {
        for tag in ReadFile(Fixture.bytes(name)).tags where !tag.isFiltered {
            var output: [UInt8] = []
            switch tag.kind {
            case .video: try VideoMessage(decoding: tag.payload.span).encode(into: &output)
            case .audio: try AudioMessage(decoding: tag.payload.span).encode(into: &output)
            default: continue
            }
            #expect(output == tag.payload, "at \(tag.timestamp) ms")
        }
    }

    @Test(arguments: Fixture.list("flv", suffix: ".flv"))
    func `the quick look agrees with the full one`(_ name: String) throws {
        for tag in ReadFile(Fixture.bytes(name)).tags where !tag.isFiltered {
            switch tag.kind {
            case .video: try compare(tag)
            case .audio: try compareAudio(tag)
            default: continue
            }
        }
    }

    @Test(arguments: SeededGenerator.seeds(50))
    func `no bytes trap, and what both understand they understand alike`(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var payload = random.bytes(random.integer(in: 0..<40))
            if let first = payload.first, random.chance(0.7) {
                payload[0] = 0x80 | first & 0x77
                if payload.count > 6, random.chance(0.7) { payload.replaceSubrange(1..<5, with: bytes("68766331")) }
            }
            let tag = FLVTag(kind: .video, timestamp: 0, payload: payload)
            try? compare(tag)
            try? compareAudio(tag)
            _ = MediaClass(video: payload.span)
            _ = MediaClass(audio: payload.span)
        }
    }

    private func compare(_ tag: FLVTag) throws {
        let message = try VideoMessage(decoding: tag.payload.span)
        let media = MediaClass(video: tag.payload.span)
        let first = message.tracks.first
        let isEmpty = first?.body.isEmpty ?? true
        let text: Comment = "\(hex(tag.payload.prefix(48))) is \(media)"
        #expect((media.role == .command) == (message.command != nil), text)
        if case .multitrack = message.form {
            #expect(media.isMultitrack, text)
        } else {
            #expect(!media.isMultitrack, text)
        }
        guard message.command == nil else { return }
        #expect(media.trackID == first?.id ?? 0, text)
        if first != nil { #expect(media.packetType == message.packetType.rawValue, text) }
        switch first?.codec {
        case .legacy(let number): #expect(media.legacyCodec == number && media.fourCC == nil, text)
        case .enhanced(let code): #expect(media.fourCC == code.rawValue && media.legacyCodec == nil, text)
        case nil: #expect(media.role == .empty, text)
        }
        if media.role == .keyframe { #expect(message.isKeyframe, text) }
        if message.isKeyframe, message.tracks.count == 1 { #expect(media.role == .keyframe, text) }
        if media.role == .sequenceHeader { #expect(message.isSequenceHeader, text) }
        if message.isSequenceHeader, !isEmpty { #expect(media.role == .sequenceHeader, text) }
        if media.role == .interFrame {
            #expect(message.packetType == .codedFrames || message.packetType == .codedFramesX, text)
        }
        if media.role == .empty { #expect(isEmpty, text) }
        #expect((media.role == .endOfSequence) == (message.packetType == .sequenceEnd), text)
    }

    private func compareAudio(_ tag: FLVTag) throws {
        let message = try AudioMessage(decoding: tag.payload.span)
        let media = MediaClass(audio: tag.payload.span)
        let first = message.tracks.first
        let isEmpty = first?.body.isEmpty ?? true
        let text: Comment = "\(hex(tag.payload.prefix(48))) is \(media)"
        #expect(media.trackID == first?.id ?? 0, text)
        if first != nil { #expect(media.packetType == message.packetType.rawValue, text) }
        switch first?.codec {
        case .legacy(let number): #expect(media.legacyCodec == number && media.fourCC == nil, text)
        case .enhanced(let code): #expect(media.fourCC == code.rawValue && media.legacyCodec == nil, text)
        case nil: #expect(media.role == .empty, text)
        }
        if media.role == .sequenceHeader { #expect(message.isSequenceHeader, text) }
        if message.isSequenceHeader, !isEmpty { #expect(media.role == .sequenceHeader, text) }
        #expect((media.role == .audioFrame) == (message.packetType == .codedFrames && !isEmpty), text)
        if media.role == .empty { #expect(isEmpty, text) }
    }
}
