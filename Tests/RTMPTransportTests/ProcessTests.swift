// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import RTMPTransport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What concerns the whole process, tested in processes of their own.
@Suite struct ProcessTests {
    @Test(arguments: [true, false])
    func `the first signal asks the program to end`(_ usesPoll: Bool) async throws {
        await #expect(processExitsWith: .success) { [usesPoll] in
            for (number, expected) in [(SIGINT, Interruption.interrupt), (SIGTERM, .terminate)] {
                let (ending, script) = try runScript(
                    usesPoll ? .poll : .best, configure: { $0.handlesSignals = true },
                    { fact, _, wishes in
                        switch fact {
                        // A descriptor gets it only if this thread blocks it, a handler only if some thread does not.
                        case .started: _ = usesPoll ? kill(getpid(), number) : raise(number)
                        case .interrupted: wishes.append(.finish(Ending(.interrupted)))
                        default: break
                        }
                    })
                #expect(ending.status == .interrupted)
                #expect(script.facts == [.started, .interrupted(expected)])
            }
        }
    }

    @Test(arguments: [true, false])
    func `the second signal ends the process at once`(_ usesPoll: Bool) async throws {
        await #expect(processExitsWith: .signal(SIGTERM)) { [usesPoll] in
            try runScript(usesPoll ? .poll : .best, configure: { $0.handlesSignals = true }) { fact, _, _ in
                switch fact {
                case .started: _ = usesPoll ? kill(getpid(), SIGINT) : raise(SIGINT)
                case .interrupted:
                    // Even while the loop is stuck.
                    kill(getpid(), SIGTERM)
                    while true { pause() }
                default: break
                }
            }
        }
    }

    @Test func `accepting pauses while descriptors are short, says so once, and goes on`() async throws {
        await #expect(processExitsWith: .success) {
            let lines = Locked<[String]>([])
            var fillers: [Int32] = []
            var accepted = 0
            let observer = Observer(log: { _, line in lines.withLock { $0.append(line) } })
            let (ending, _) = try runScript(observer: observer) { fact, script, wishes in
                switch fact {
                case .started: wishes.listenLocally()
                case .listening(_, let endpoint):
                    guard let address = SocketAddress(literal: endpoint.address, port: endpoint.port) else { return }
                    for _ in 0..<6 {
                        guard let filler = try? System.makeSocket(family: address.family) else { break }
                        fillers.append(filler)
                        _ = try? System.connect(filler, address)
                    }
                    // Two more, or so: what else in this process opens and closes files has its own time.
                    limitDescriptors(UInt(fillers.max() ?? 0) + 3)
                    script.wake = script.now + .milliseconds(1)
                case .accepted:
                    accepted += 1
                    guard accepted == 6 else { return }
                    for filler in fillers.dropFirst(2) { System.close(filler) }
                    wishes.finish()
                case .woken:
                    guard lines.withLock({ !$0.isEmpty }) else {
                        script.wake = script.now + .milliseconds(1)
                        return
                    }
                    #expect((1...3).contains(accepted), "\(accepted)")
                    for filler in fillers.prefix(2) { System.close(filler) }
                    limitDescriptors(200)
                default: break
                }
            }
            #expect(ending == .done)
            #expect(lines.withLock { $0.count } == 1)
            #expect(lines.withLock { $0.first?.contains("ulimit -n") } == true)
        }
    }

    @Test func `the limit of descriptors is raised`() async throws {
        await #expect(processExitsWith: .success) {
            limitDescriptors(100)
            #expect(Environment.raiseDescriptorLimit() > 100)
        }
    }
}

func limitDescriptors(_ count: UInt) {
    setSoftLimit(RLIMIT_NOFILE, count)
}

func limitFileSize(_ bytes: UInt) throws {
    setSoftLimit(RLIMIT_FSIZE, bytes)
}

#if os(Linux)
    private func setSoftLimit(_ resource: __rlimit_resource, _ value: UInt) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(resource.rawValue), &limit)
        limit.rlim_cur = rlim_t(value)
        setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }
#else
    private func setSoftLimit(_ resource: Int32, _ value: UInt) {
        var limit = rlimit()
        getrlimit(resource, &limit)
        limit.rlim_cur = rlim_t(value)
        setrlimit(resource, &limit)
    }
#endif
