// SPDX-License-Identifier: Apache-2.0

import Material
import RTMPCore

/// The relay in this process, with a link that takes everything.
func relayCases() -> [Entry] {
    [Entry("relay, from read buffer to log") { ingest() }]
        + [100, 3_600].map { players in
            Entry("relay, a message to \(players) players, each") { serving(players: players) }
        }
}

/// From the bytes of a read into the log, through session and relay.
private func ingest() -> Case {
    let scene = Box(Scene())
    let publisher = scene.value.addPublisher("s0")
    let stream = LiveStream()
    var bytes: [UInt8] = []
    var number = 0
    while bytes.count < 2 << 20 {
        bytes += stream.message(number, chunkSize: 4096)
        number += 1
    }
    let given = bytes
    return Case(unit: .rate(bytes: given.count), copied: given.count) {
        for start in stride(from: 0, to: given.count, by: 128 << 10) {
            scene.value.receive(given, start..<min(start + 128 << 10, given.count), on: publisher)
            scene.value.serve(after: .milliseconds(1))
        }
    }
}

/// A message arrives, and each player is sent it.
private func serving(players: Int) -> Case {
    let scene = Box(Scene())
    let publisher = scene.value.addPublisher("s0")
    for _ in 0..<players { _ = scene.value.addPlayer("s0") }
    let stream = LiveStream()
    let turns = (0..<154).map { stream.message($0, chunkSize: 4096) }
    var turn = 0
    func run() {
        scene.value.receive(turns[turn % turns.count], on: publisher)
        scene.value.serve()
        turn += 1
    }
    for _ in 0..<turns.count { run() }
    let before = scene.value.link.sends
    run()
    precondition(scene.value.link.sends == before + players, "players are not served")
    return Case(unit: .time(count: players), copied: 1024, ours: run)
}

/// A place for a value that cannot be copied.
private final class Box {
    var value: Scene
    init(_ value: consuming Scene) { self.value = value }
}
