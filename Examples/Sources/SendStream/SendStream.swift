// SPDX-License-Identifier: Apache-2.0

import FLV
import Foundation
import RTMPCore

/// A client that publishes an FLV file: `swift run SendStream show.flv`. The server is a session in the same process,
/// in place of a socket.
@main struct SendStream {
    static func main() throws {
        let packets = try packets(in: [UInt8](Data(contentsOf: URL(filePath: CommandLine.arguments[1]))))
        var random = SystemRandomNumberGenerator()
        var server = Server(random: &random)

        let url = try RTMPURL("rtmp://localhost/live/show")
        var client = ClientSession(configuration: .init(purpose: .publish), random: &random)
        try client.connect(to: url)
        while client.hasOutput {
            let answer = try server.answer(to: client.takeOutput())
            client.receive(answer.span)
            while let event = try client.nextEvent() {
                switch event {
                case .connected: try client.publish(url.name.value)
                case .publishing(let stream):
                    print("publishing to \(url)")  // rtmp://localhost/live/***
                    for packet in packets { try client.send(packet, on: stream) }
                    client.finish()
                case .rejected(let status): print("refused: \(status)")
                default: break
                }
            }
        }
        print("the server took \(server.packets) packets")
    }

    /// The tags of an FLV file as packets.
    static func packets(in bytes: [UInt8]) throws -> [MediaPacket] {
        var packets: [MediaPacket] = []
        var reader = FLVReader()
        reader.receive(bytes.span)
        while let element = try reader.nextElement() {
            guard case .tag(let tag) = element else { continue }
            let time = RTMPTimestamp(tag.timestamp)
            switch tag.kind {
            case .audio: packets.append(MediaPacket(.audio, timestamp: time, payload: tag.payload))
            case .video: packets.append(MediaPacket(.video, timestamp: time, payload: tag.payload))
            default: packets.append(MediaPacket(.data, timestamp: time, payload: tag.payload).wrappedInSetDataFrame())
            }
        }
        return packets
    }
}
