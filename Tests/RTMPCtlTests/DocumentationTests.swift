// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import RTMPTransport
import TestSupport
import Testing

/// The snippets of RTMPRelay's and RTMPTransport's documentation that run over real sockets.
@Suite struct DocumentationTests {
    func serve(at address: ListenAddress, recordingInto directory: String) throws -> Ending {
        var configuration = RelayConfiguration()
        configuration.listeners = [address]
        configuration.recordDirectory = directory
        configuration.seed = .random(in: .min ... .max)
        var loop = try EventLoop(Relay(configuration), observer: Observer(log: { print($1) }))
        return loop.run()
    }

    func send(_ file: String, to url: RTMPURL) throws -> Ending {
        var configuration = PublishConfiguration(input: file, urls: [url])
        configuration.rate = .max
        var loop = try EventLoop(PublishProgram(configuration))
        return loop.run()
    }

    func record(_ url: RTMPURL, to path: String) throws -> Ending {
        let output = FileRequest.create(path: path, replacing: false, makingDirectories: false)
        let observer = Observer(log: { level, line in print(level, line) })
        var loop = try EventLoop(PlayProgram(PlayConfiguration(url: url, output: output)), observer: observer)
        return loop.run()
    }

    func serve(_ configuration: RelayConfiguration, threads: Int) throws -> Ending {
        try LoopGroup.run(threads) { index in
            var configuration = configuration
            configuration.shard = Shard(index, of: threads)
            return Relay(configuration)
        }
    }

    /// Nobody waits for a server that goes on for ever: these find their port taken.
    @Test func `relays that cannot listen say so`() throws {
        let taken = try RawListener(.isSilent)
        let address = ListenAddress(host: "127.0.0.1", port: taken.port)
        #expect(try serve(at: address, recordingInto: "/nowhere").status == .failed)
        var configuration = RelayConfiguration()
        configuration.listeners = [address]
        #expect(try serve(configuration, threads: 2).status == .failed)
    }

    @Test func `clients of nobody say so`() throws {
        // A file that is none is found out before anybody is connected to; a port that nobody listens on, at once.
        let url = try RTMPURL("rtmp://127.0.0.1:9/live/show")
        #expect(try send("/nowhere/show.flv", to: url).status == .badInput)
        #expect(try record(url, to: "/nowhere/show.flv").status == .unavailable)
    }

    @Test(arguments: [("RTMPRelay", "RTMPRelay"), ("RTMPTransport", "RTMPTransport"), ("RTMPTransport", "Loops")])
    func `the snippets are the ones compiled here`(module: String, name: String) {
        let page = DocumentationPage(name, of: module)
        #expect(!page.snippets.isEmpty && page.missing() == [])
    }
}
