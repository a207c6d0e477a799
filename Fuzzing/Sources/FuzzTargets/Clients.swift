// SPDX-License-Identifier: Apache-2.0

import FLV
import RTMPCore
import RTMPRelay

/// A host that accepts what our programs ask for, and says what the input says besides.
private struct Host {
    var id: ConnectionID
    var session: ServerSession
    var writer = ChunkWriter()
    var heard = 0
    var playing: MessageStreamID?

    init(_ id: ConnectionID) {
        var random = SplitMix64(seed: 5)
        self.id = id
        session = ServerSession(random: &random)
    }

    /// Takes in what the program said so far.
    mutating func answer(_ sent: [UInt8]) -> [UInt8] {
        let news = Array(sent.dropFirst(heard))
        heard = sent.count
        session.receive(news.span)
        must("a host takes what the program says") {
            while let event = try session.nextEvent() {
                switch event {
                case .connect(let request, _), .publish(let request, _): try session.accept(request)
                case .play(let request, let play):
                    try session.accept(request)
                    playing = play.stream
                default: break
                }
            }
        }
        return session.takeOutput()
    }

    /// Sends media in order, as a server would.
    mutating func send(_ kind: MediaPacket.Kind, at time: UInt32, _ payload: [UInt8]) -> [UInt8] {
        guard let playing else { return [] }
        try? session.send(MediaPacket(kind, timestamp: RTMPTimestamp(time), payload: payload), on: playing)
        return session.takeOutput()
    }
}

private let elsewhere = must("URL") { try RTMPURL("rtmp://elsewhere/live/a") }

/// One thing that happens to a program that connects to hosts.
private func step<P: Program & ~Copyable>(
    _ input: inout FuzzInput, _ bench: inout ProgramBench<P>, _ hosts: inout [Host], _ content: (Int) -> [UInt8]
) {
    let operation = input.byte()
    let variant = operation >> 4
    switch operation & 15 {
    case 0, 1:
        if let id = bench.answerAttempt(with: operation & 0xF0 != 0xF0) { hosts.append(Host(id)) }
        fallthrough
    case 2, 3:
        bench.serve()
        for index in hosts.indices {
            bench.say(hosts[index].answer(bench.sent(on: hosts[index].id)), on: hosts[index].id)
        }
    case 4, 5, 6:
        let kinds: [MediaPacket.Kind] = [.video, .audio, .data, .dataAMF3]
        let time = UInt32(input.uint16()) << UInt32(variant >> 2 * 5)
        let payload = input.bytes(Int(input.byte()))
        guard let last = hosts.indices.last else { return }
        bench.say(hosts[last].send(kinds[Int(variant & 3)], at: time, payload), on: hosts[last].id)
    case 7:
        guard let last = hosts.indices.last else { return }
        var bytes: [UInt8] = []
        writePeerMessage(&input, by: &hosts[last].writer, into: &bytes)
        bench.say(bytes, on: hosts[last].id)
    case 8: if let host = hosts.last { bench.say(input.bytes(Int(input.byte())), on: host.id) }
    case 9, 10: bench.wait(.milliseconds(input.uint16() >> (variant & 7)))
    case 11: if let host = hosts.last { bench.setRoom(variant == 0 ? .max : Int(variant) * 100, on: host.id) }
    case 12: if let host = hosts.last { bench.close(host.id, variant & 1 == 0 ? .endOfStream : .failed("reset")) }
    case 13: if variant == 15 { bench.interrupt(.terminate) }
    default: bench.workOnFile(content, failing: variant == 15)
    }
    bench.serve()
}

/// Interrupted, and with files that work, a program ends.
private func finish<P: Program & ~Copyable>(_ bench: inout ProgramBench<P>, _ content: (Int) -> [UInt8]) {
    bench.interrupt(.terminate)
    for _ in 0..<100 where bench.ending == nil {
        bench.workOnFile(content, failing: false)
        bench.wait(.milliseconds(200))
    }
    bench.interrupt(.terminate)
    check(bench.ending != nil, "the program does not end")
}

/// A byte of options, then what happens to `rtmpctl play`. The file it leaves is one that can be read.
func fuzzPlay(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let flags = input.byte()
    let output: FileRequest = .create(path: flags & 1 == 0 ? "-" : "a.flv", replacing: true, makingDirectories: false)
    var configuration = PlayConfiguration(url: elsewhere, output: output)
    configuration.wait = flags & 2 != 0
    configuration.reconnects = flags & 4 != 0
    configuration.keepTimestamps = flags & 8 != 0
    if flags & 16 != 0 { configuration.duration = .milliseconds(500) }
    if flags & 32 != 0 { configuration.size = 2_000 }
    configuration.isLive = flags & 64 != 0
    var bench = ProgramBench(PlayProgram(configuration))
    var hosts: [Host] = []
    var steps = 0
    while !input.isEmpty, steps < 128, bench.ending == nil {
        steps += 1
        step(&input, &bench, &hosts) { _ in [] }
    }
    finish(&bench) { _ in [] }
    guard !bench.hasFailedFile else { return }
    for file in bench.files.values where !file.isEmpty && bench.waiting.isEmpty {
        var reader = FLVReader()
        reader.receive(file.span)
        reader.receiveEnd()
        must("read the file") {
            while let element = try reader.nextElement() {
                if case .previousTagSize = element { check(false, "a wrong size") }
            }
        }
    }
}

/// A byte of options, the length of the input file and the file, then what happens to `rtmpctl publish`.
func fuzzPublish(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let flags = input.byte()
    var configuration = PublishConfiguration(
        input: "a.flv", urls: flags & 1 == 0 ? [elsewhere] : [elsewhere, elsewhere])
    configuration.wait = flags & 2 != 0
    if flags & 4 != 0 { configuration.rate = .max }
    if flags & 8 != 0 { configuration.loops = 3 }
    if flags & 16 != 0 { configuration.start = .milliseconds(100) }
    if flags & 32 != 0 { configuration.duration = .milliseconds(500) }
    let file = input.bytes(input.uint16() & 2_047)
    var position = 0
    let read: (Int) -> [UInt8] = { count in
        let part = Array(file[min(position, file.count)...].prefix(min(count, 700)))
        position = part.isEmpty ? 0 : position + part.count
        return part
    }
    var bench = ProgramBench(PublishProgram(configuration))
    var hosts: [Host] = []
    var steps = 0
    while !input.isEmpty, steps < 128, bench.ending == nil {
        steps += 1
        step(&input, &bench, &hosts, read)
    }
    finish(&bench, read)
}
