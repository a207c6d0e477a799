// SPDX-License-Identifier: Apache-2.0

import Foundation
import RTMPCore

/// A server that takes whatever is published. The client's bytes come from a file that a capture was saved in, in
/// place of a socket: `swift run AcceptPublish client.bin`.
@main struct AcceptPublish {
    static func main() throws {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: CommandLine.arguments[1])))
        let pieces = stride(from: 0, to: bytes.count, by: 1000).map { bytes[$0..<min($0 + 1000, bytes.count)] }

        var random = SystemRandomNumberGenerator()
        var packets = 0
        var answer: [UInt8] = []
        var session = ServerSession(random: &random)
        for piece in pieces {
            session.receive(piece.span)
            while let event = try session.nextEvent() {
                switch event {
                case .connect(let request, let command):
                    print("connect to \(command.app)")
                    try session.accept(request)
                case .publish(let request, let command):
                    print("publish \(command.name)")
                    try session.accept(request)
                case .media: packets += 1
                case .streamClosed: print("end after \(packets) packets")
                default: break
                }
            }
            answer += session.takeOutput()  // to be written to the client, in order
        }
        print("\(answer.count) bytes are for the client")
    }
}
