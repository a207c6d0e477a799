// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import TestSupport
import Testing

/// The snippets of `RTMPRelay.docc/Streams.md`. Those of the first page run over sockets: `RTMPCtlTests`.
@Suite struct DocumentationTests {
    func bytesForLateJoiner(of packets: [MediaPacket], at now: Instant) -> [UInt8] {
        var log = StreamLog()
        for packet in packets {
            let timestamp = packet.timestamp.milliseconds
            switch packet.kind {
            case .audio, .video:
                log.append(typeID: packet.typeID, timestamp: timestamp, payload: packet.payload.span, at: now)
            case .data, .dataAMF3:
                log.appendData(typeID: packet.typeID, timestamp: timestamp, payload: packet.payload, at: now)
            }
        }
        guard let joinPoint = log.joinPoint else { return [] }
        return log.prologueBytes() + log.blocks.bytes(in: joinPoint.offset..<log.head)
    }

    @Test func `a late joiner gets a prologue and the last group of pictures`() throws {
        let bytes = bytesForLateJoiner(of: SmallStream.packets(seconds: 3), at: Instant(nanoseconds: 0))
        var reader = ChunkReader()
        reader.isAccepted = true
        var output: [UInt8] = []
        var writer = ChunkWriter()
        try writer.setChunkSize(StreamLog.chunkSize, into: &output)
        reader.receive(output.span)
        reader.receive(bytes.span)
        var types: [MessageTypeID] = []
        while let message = try reader.nextMessage() { types.append(message.typeID) }
        #expect(types.prefix(5) == [.setChunkSize, .data, .video, .audio, .video])
        #expect(types.count == 4 + 50)
        #expect(bytesForLateJoiner(of: [], at: Instant(nanoseconds: 0)).isEmpty)
    }

    @Test func `the snippets are the ones compiled here`() {
        let page = DocumentationPage("Streams", of: "RTMPRelay")
        #expect(page.snippets.count == 1 && page.missing() == [])
    }
}
