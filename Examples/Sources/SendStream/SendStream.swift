// SPDX-License-Identifier: Apache-2.0

import FLV
import Foundation
import RTMPCore

/// A client that publishes an FLV file: `swift run SendStream show.flv`. The server is a session in the same process,
/// in place of a socket.
@main struct SendStream {
    static func main() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: CommandLine.arguments[1])))
        let url = try RTMPURL("rtmp://localhost/live/show")

        var random = SystemRandomNumberGenerator()
        var client = ClientSession(configuration: ClientSession.Configuration(purpose: .publish), random: &random)
        var server = ServerSession(random: &random)
        var received = 0
        try client.connect(to: url)
        while client.hasOutput {
            // To the server …
            server.receive(client.takeOutput().span)
            while let event = try server.nextEvent() {
                switch event {
                case .connect(let request, _), .publish(let request, _): try server.accept(request)
                case .media: received += 1
                case .streamClosed: print("the server took \(received) packets")
                default: break
                }
            }
            // … and back.
            client.receive(server.takeOutput().span)
            while let event = try client.nextEvent() {
                switch event {
                case .connected: try client.publish(url.name.value)
                case .publishing(let stream):
                    print("publishing to \(url)")
                    for packet in try packets(in: bytes) { try client.send(packet, on: stream) }
                    client.finish()
                case .rejected(let status): print("refused: \(status)")
                default: break
                }
            }
        }
    }

    static func packets(in bytes: [UInt8]) throws -> [MediaPacket] {
        var packets: [MediaPacket] = []
        var reader = FLVReader()
        reader.receive(bytes.span)
        while case let element? = try reader.nextElement() {
            guard case .tag(let tag) = element else { continue }
            let timestamp = RTMPTimestamp(tag.timestamp)
            switch tag.kind {
            case .audio: packets.append(MediaPacket(.audio, timestamp: timestamp, payload: tag.payload))
            case .video: packets.append(MediaPacket(.video, timestamp: timestamp, payload: tag.payload))
            default:
                packets.append(MediaPacket(.data, timestamp: timestamp, payload: tag.payload).wrappedInSetDataFrame())
            }
        }
        return packets
    }
}
