// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import TestSupport
import Testing

@Suite struct StreamLogTests {
    private let stream = Synthetic()
    private let now = Instant(nanoseconds: 0)

    private func log(headers: Bool = true, frames: Range<Int>) -> StreamLog {
        var log = StreamLog()
        if headers { for header in stream.headers { append(header, to: &log) } }
        for number in frames { append(stream.frame(number), to: &log) }
        return log
    }

    private func append(_ packet: MediaPacket, to log: inout StreamLog, at now: Instant? = nil) {
        switch packet.kind {
        case .audio, .video:
            log.append(
                typeID: packet.typeID, timestamp: packet.timestamp.milliseconds, payload: packet.payload.span,
                at: now ?? self.now)
        case .data, .dataAMF3:
            log.appendData(
                typeID: packet.typeID, timestamp: packet.timestamp.milliseconds, payload: packet.payload,
                at: now ?? self.now)
        }
    }

    private func add(_ typeID: MessageTypeID, at timestamp: UInt32 = 0, _ payload: [UInt8], to log: inout StreamLog) {
        log.append(typeID: typeID, timestamp: timestamp, payload: payload.span, at: now)
    }

    private func messages(_ bytes: [UInt8]) throws -> [RawMessage] {
        var limits = Limits()
        limits.partialBytes = limits.acceptedPartialBytes
        var reader = ChunkReader(limits: limits)
        var prelude: [UInt8] = []
        var writer = ChunkWriter()
        try writer.setChunkSize(StreamLog.chunkSize, into: &prelude)
        reader.receive(prelude.span)
        reader.receive(bytes.span)
        var messages: [RawMessage] = []
        while let message = try reader.nextMessage() { messages.append(message) }
        return Array(messages.dropFirst())
    }

    @Test func `of several video tracks the first one makes the join points`() throws {
        var log = StreamLog()
        // Legacy AVC keyframe; then OneTrack multitrack `avc1` coded frames X, track 1: as ffmpeg sends two tracks.
        add(.video, at: 40, bytes("17 01 000000 aa"), to: &log)
        add(.video, at: 40, bytes("96 03 61766331 01 bb"), to: &log)
        let joinPoint = try #require(log.joinPoint)
        #expect(joinPoint.offset == 0 && joinPoint.number == 0)
        // One that comes a little before belongs to it; one that has frames of the first track behind it does not.
        add(.video, at: 80, bytes("a6 03 61766331 01 cc"), to: &log)
        add(.video, at: 81, bytes("96 03 61766331 01 dd"), to: &log)
        add(.video, at: 82, bytes("17 01 000000 ee"), to: &log)
        #expect(log.joinPoint?.number == 3 && log.joinPoint?.timestamp == 81)
        add(.video, at: 120, bytes("96 03 61766331 01 dd"), to: &log)
        add(.video, at: 121, bytes("27 01 000000 ee"), to: &log)
        add(.video, at: 160, bytes("17 01 000000 ee"), to: &log)
        #expect(log.joinPoint?.number == 7 && log.furtherTracks == [1])
    }

    @Test func `the log's bytes are the messages, for whoever was told the chunk size`() throws {
        let log = log(frames: 0..<200)
        let read = try messages(log.blocks.bytes(in: log.tail..<log.head))
        #expect(read.count == 203)
        #expect(read.allSatisfy { $0.streamID == StreamLog.messageStream })
        for number in 0..<200 {
            let frame = stream.frame(number)
            #expect(read[number + 3].payload == frame.payload)
            #expect(read[number + 3].timestamp == frame.timestamp)
            #expect(read[number + 3].typeID == frame.typeID)
        }
    }

    @Test func `messages longer than a chunk and timestamps beyond 24 bits read back`() throws {
        var log = StreamLog()
        var random = SeededGenerator(seed: 3)
        let sizes = [59_999, 60_000, 60_001, 120_000, 120_001, 200_000]
        var sent: [[UInt8]] = []
        for (index, size) in sizes.enumerated() {
            let payload = [0x27, 1, 0, 0, 0] + random.bytes(size - 5)
            sent.append(payload)
            log.append(
                typeID: .video, timestamp: 0xFF_FFFE + UInt32(index), payload: payload.span, at: now)
        }
        let read = try messages(log.blocks.bytes(in: log.tail..<log.head))
        #expect(read.map(\.payload) == sent)
        #expect(read.map(\.timestamp.milliseconds) == (0..<6).map { 0xFF_FFFE + $0 })
        var offset = log.tail
        for payload in sent {
            let entry = try #require(log.entry(at: offset))
            #expect(log.payload(of: entry) == payload)
            offset = log.endOfMessage(at: offset)
        }
        #expect(offset == log.head)
    }

    /// `payload` in pieces of `size` bytes with `gap` other bytes in front of each but the first, behind 7 others.
    private func scattered(_ payload: [UInt8], size: Int, gap: Int) -> (place: PayloadPlace, input: [UInt8]) {
        var input = [UInt8](repeating: 0xEE, count: 7)
        for start in stride(from: 0, to: payload.count, by: size) {
            if start > 0 { input += [UInt8](repeating: 0xEE, count: gap) }
            input += payload[start..<min(start + size, payload.count)]
        }
        return (PayloadPlace(start: 7, length: payload.count, pieceLength: size, gap: gap), input)
    }

    @Test(arguments: [1, 9, 128, 4096, 60_000, 70_001]) func `a payload in pieces gives the same log`(_ size: Int) {
        var random = SeededGenerator(seed: UInt64(size))
        var whole = log(frames: 0..<3)
        var pieces = whole
        let heads = [
            "17 01 000000 aa", "27 01 000000 aa", "97 01 61 76 63 31", "17 00 000000 01", "af 01 11",
            // A modifier, two tracks, and a frame of no kind whose body says that it is a key.
            "97 07 06 00 00 00 00 00 00 01 61766331", "96 11 61766331 00 000004 aa bb cc dd 01 bb",
            "81 61766331 000000 00000004 65 88 80 40",
        ]
        for (number, head) in heads.enumerated() {
            for count in [0, 1, 130, 5_000, 60_000, 130_000] {
                let payload = bytes(head) + random.bytes(count)
                let typeID: MessageTypeID = head.hasPrefix("a") ? .audio : .video
                let time = UInt32(number) * 0x40_0000
                let expected = whole.append(typeID: typeID, timestamp: time, payload: payload.span, at: now)
                let (place, input) = scattered(payload, size: size, gap: number.isMultiple(of: 2) ? 1 : 5)
                let entry = pieces.append(typeID: typeID, timestamp: time, payload: place, in: input.span, at: now)
                #expect(entry == expected, "\(head) and \(count) bytes")
            }
        }
        let isSame =
            pieces.blocks.bytes(in: pieces.tail..<pieces.head) == whole.blocks.bytes(in: whole.tail..<whole.head)
        #expect(isSame)
        #expect(pieces.prologue == whole.prologue)
        #expect(pieces.joinPoint?.offset == whole.joinPoint?.offset)
    }

    @Test func `a join point is the newest keyframe, with the prologue in force there`() throws {
        var log = log(frames: 0..<100)
        let joinPoint = try #require(log.joinPoint)
        #expect(joinPoint.timestamp == 90 * stream.interval)
        #expect(log.entry(at: joinPoint.offset)?.kind == .keyframe)
        // A configuration that comes later is not in force at the join point.
        append(
            MediaPacket(
                .video, timestamp: RTMPTimestamp(1100), payload: Synthetic.videoHeader.dropLast() + [0xEF]),
            to: &log)
        let prologue = try messages(log.prologueBytes())
        #expect(prologue.map(\.typeID) == [.data, .video, .audio])
        #expect(prologue[1].payload == Synthetic.videoHeader)
        #expect(prologue.allSatisfy { $0.timestamp.milliseconds == joinPoint.timestamp })
        append(stream.frame(180), to: &log)
        #expect(try messages(log.prologueBytes())[2].payload.last == 0xEF)
    }

    @Test func `headers, ends of sequence and empty messages are never join points`() {
        var log = StreamLog()
        for payload in ["17 00 000000 01", "17 02 000000", "52 00"] {
            add(.video, at: 0, bytes(payload), to: &log)
        }
        add(.video, at: 0, [], to: &log)
        #expect(log.joinPoint == nil)
        #expect(log.hasVideo)
    }

    @Test func `without video every audio frame is a join point, the configuration is not`() {
        var log = StreamLog()
        add(.audio, at: 0, Synthetic.audioHeader, to: &log)
        #expect(log.joinPoint == nil)
        add(.audio, at: 10, bytes("af 01 11"), to: &log)
        add(.audio, at: 33, bytes("af 01 22"), to: &log)
        #expect(log.joinPoint?.timestamp == 33)
    }

    @Test func `metadata is kept without @setDataFrame, and forgotten with @clearDataFrame`() throws {
        var log = log(frames: 0..<1)
        let name = bytes("02 000a 6f6e4d65746144617461")
        let kept = try #require(try messages(log.prologueBytes()).first)
        #expect(Array(kept.payload.prefix(name.count)) == name)
        let clear = bytes("02 000f 40636c656172446174614672616d65") + name
        #expect(log.appendData(typeID: .data, timestamp: 5, payload: clear, at: now) == nil)
        append(stream.frame(90), to: &log)
        #expect(try messages(log.prologueBytes()).map(\.typeID) == [.video, .audio])
    }

    @Test func `an empty sequence start does not undo the real one`() {
        var log = StreamLog()
        let real = bytes("90 61763031 81000c00 0a0b")
        add(.video, at: 0, real, to: &log)
        add(.video, at: 0, bytes("90 61763031"), to: &log)
        #expect(log.prologue.messages.map(\.payload) == [real])
    }

    @Test func `each track has its own configuration, channels and colour`() {
        var log = StreamLog()
        let payloads = [
            "17 00 000000 01", "96 00 61766331 01 0164", "af 00 1190", "95 00 6d703461 01 1188",
            "95 04 6d703461 01 010100000004",
            "d4 68766331 02 0009 636f6c6f72496e666f 06",
        ]
        for payload in payloads {
            let isVideo = payload.hasPrefix("17") || payload.hasPrefix("96") || payload.hasPrefix("d4")
            add(isVideo ? .video : .audio, bytes(payload), to: &log)
        }
        #expect(log.prologue.messages.count == payloads.count)
        let version = log.prologue.version
        add(.audio, at: 0, bytes("95 00 6d703461 01 1188"), to: &log)
        #expect(log.prologue.version == version, "a repeated configuration changes nothing")
        add(.audio, at: 0, bytes("95 00 6d703461 01 1190"), to: &log)
        #expect(log.prologue.messages.count == payloads.count - 1, "the channels of the old configuration are gone")
    }

    @Test func `a configuration of several tracks replaces those of each, and is replaced as a whole only`() {
        var log = StreamLog()
        func check(_ payload: String, _ kept: [String]) {
            add(.video, bytes(payload), to: &log)
            #expect(log.prologue.messages.map(\.payload) == kept.map { bytes($0) }, "\(payload)")
        }
        let zero = "90 61766331 0164"
        let one = "96 00 61766331 01 0164"
        let both = "96 10 61766331 00 000002 0165 01 000002 0165"
        let newOne = "96 00 61766331 01 0166"
        check(zero, [zero])
        check(one, [zero, one])
        check(both, [both])
        check(newOne, [both, newOne])
        check(both, [both])
        check(one, [both, one])
        let colours = "d4 68766331 02 0009 636f6c6f72496e666f 06"
        check(colours, [both, one, colours])
        // Those of another codec stay, although they claim to be those of the first track.
        check("90 61766331 0167", [both, one, colours, "90 61766331 0167"])
    }

    @Test func `trimming keeps the newest group of pictures, and whole messages`() throws {
        var log = log(frames: 0..<400)
        let joinPoint = try #require(log.joinPoint)
        log.trim(upTo: log.head)
        #expect(log.tail == joinPoint.offset)
        #expect(log.messageCount == 403)
        let read = try messages(log.blocks.bytes(in: log.tail..<log.head))
        #expect(read.compactMap { stream.number(of: packet($0)) } == Array(360..<400))
        let before = log.tail
        log.dropJoinPoint()
        log.trim(upTo: before + 1)
        #expect(log.tail == before, "the message that holds the offset stays")
        log.trim(upTo: log.head)
        #expect(log.tail == log.head)
        #expect(log.blocks.memorySize <= 2 * Block.capacity)
    }

    private func packet(_ message: RawMessage) -> MediaPacket {
        MediaPacket(
            message.typeID == .video ? .video : .audio, timestamp: message.timestamp, payload: message.payload)
    }

    @Test(arguments: 0..<20) func `operations in any order agree with a list of messages`(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var log = StreamLog()
        var model: [(offset: Int, payload: [UInt8])] = []
        for step in 0..<600 {
            if random.chance(0.9) {
                let payload =
                    [[0x17, 0x27].randomElement(using: &random) ?? 0x17, 1, 0, 0, 0]
                    + random.bytes(random.integer(in: 0..<(random.chance(0.02) ? 150_000 : 900)))
                model.append((log.head, payload))
                log.append(typeID: .video, timestamp: UInt32(step) * 40, payload: payload.span, at: now)
            } else if random.chance(0.1) {
                log.dropJoinPoint()
            } else if log.head > log.tail {
                log.trim(upTo: random.integer(in: log.tail..<(log.head + 1)))
            }
            let kept = model.filter { $0.offset >= log.tail }
            guard let probe = kept.randomElement(using: &random) else { continue }
            let entry = try #require(log.entry(at: probe.offset), "seed \(seed) step \(step)")
            #expect(log.payload(of: entry) == probe.payload, "seed \(seed) step \(step)")
            let inside = probe.offset + random.integer(in: 0..<(log.endOfMessage(at: probe.offset) - probe.offset))
            #expect(log.entry(at: inside)?.offset == probe.offset, "seed \(seed) step \(step)")
            #expect(log.isBoundary(inside) == (inside == probe.offset))
            #expect(log.tail <= log.joinPoint?.offset ?? log.head)
        }
    }
}
