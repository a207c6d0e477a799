// SPDX-License-Identifier: Apache-2.0

import Material
import RTMPCore

/// A relay at steady work, to be run under a counter: `Benchmarks/count` runs it twice and takes the difference.
///
///     steady PUBLISHERS PLAYERS TURNS [CHUNK-SIZE [PIECE [START]]]
///
/// In each turn every publisher sends a message and all players of its stream are served. The bytes come in pieces of
/// PIECE when that is not 0, so that most messages are cut; timestamps begin at START.
@main
struct Steady {
    static func main() {
        let numbers = CommandLine.arguments.dropFirst().map { Int($0) ?? 0 }
        guard numbers.count >= 3 else { fatalError("steady PUBLISHERS PLAYERS TURNS [CHUNK-SIZE [PIECE [START]]]") }
        let chunkSize = numbers.count > 3 ? numbers[3] : 4096
        let piece = numbers.count > 4 ? numbers[4] : 0
        let start = UInt32(numbers.count > 5 ? numbers[5] : 0)
        var scene = Scene()
        let publishers = (0..<numbers[0]).map { scene.addPublisher("s\($0)", chunkSize: chunkSize) }
        for player in 0..<numbers[1] { _ = scene.addPlayer("s\(player % numbers[0])") }
        let stream = LiveStream()
        // A group of pictures and more, cut where messages begin.
        let turns = (0..<154).map { stream.message($0, chunkSize: chunkSize, from: start) }
        let before = scene.link.bytes
        for turn in 0..<numbers[2] {
            let bytes = turns[turn % turns.count]
            for publisher in publishers {
                if piece == 0 {
                    scene.receive(bytes, on: publisher)
                } else {
                    for from in stride(from: 0, to: bytes.count, by: piece) {
                        scene.receive(bytes, from..<min(from + piece, bytes.count), on: publisher)
                    }
                }
            }
            scene.serve()
        }
        print("\(scene.link.sends) sends, \(scene.link.bytes - before) bytes")
    }
}
