// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import TestSupport
import Testing

@testable import RTMPRelay

/// `publish --start` by the index of the file.
@Suite struct LeapTests {
    /// What a source gives, and how many bytes of the file it reads for that.
    private func run(_ bytes: [UInt8], _ change: (inout PublishConfiguration) -> Void) -> (
        packets: [MediaPacket], read: Int, failure: Ending?
    ) {
        var configuration = PublishConfiguration(input: "x.flv", urls: [])
        change(&configuration)
        var source = FLVSource(FileID(1), configuration)
        var wishes = Wishes()
        source.open(&wishes)
        source.happened(.opened(path: "x.flv", isSeekable: true, size: bytes.count), &wishes)
        var (position, read) = (0, 0)
        var packets: [MediaPacket] = []
        while !source.isFinished {
            wishes = Wishes()
            while let item = source.peek(&wishes) {
                packets.append(item.packet)
                source.pop()
            }
            for wish in wishes.items {
                var unheard = Wishes()
                switch wish {
                case .seek(_, let place): position = place
                case .read(_, let count):
                    let piece = Array(bytes[min(position, bytes.count)..<min(position + count, bytes.count)])
                    position += piece.count
                    read += piece.count
                    source.happened(piece.isEmpty ? .end : .read(piece), &unheard)
                default: break
                }
            }
        }
        return (packets, read, source.failure)
    }

    private func file(_ index: RecordedStream.Index) -> RecordedStream {
        RecordedStream(stream: Synthetic(size: 10_000), frames: 0..<3_000, index: index)
    }

    @Test(arguments: [RecordedStream.Index.right, .early, .wrong])
    func `what is published is the same with an index, right or wrong, as without`(index: RecordedStream.Index) {
        for (start, duration) in [(500, nil), (10_000, nil), (25_001, 3), (32_500, nil)] as [(Int, Int?)] {
            let change = { (configuration: inout PublishConfiguration) in
                configuration.start = .milliseconds(start)
                configuration.duration = duration.map { .seconds($0) }
            }
            let (plain, indexed) = (run(file(.none).bytes, change), run(file(index).bytes, change))
            #expect(plain.packets.filter { $0.kind != .data } == indexed.packets.filter { $0.kind != .data })
            #expect(plain.packets.count > 20 && indexed.failure == nil)
            if index == .right, start > 5_000 { #expect(indexed.read < plain.read * 3 / 4, "\(start)") }
        }
    }

    @Test func `the place is found again in every pass`() {
        let change = { (configuration: inout PublishConfiguration) in
            configuration.start = .milliseconds(25_000)
            configuration.loops = 3
        }
        let (plain, indexed) = (run(file(.none).bytes, change), run(file(.right).bytes, change))
        #expect(plain.packets.filter { $0.kind != .data } == indexed.packets.filter { $0.kind != .data })
        #expect(indexed.read < plain.read / 2)
    }
}
