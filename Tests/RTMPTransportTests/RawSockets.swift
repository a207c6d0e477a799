// SPDX-License-Identifier: Apache-2.0

import RTMPCore

@testable import RTMPTransport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A listening socket that nobody accepts from, closed when it goes.
final class RawListener: Sendable {
    let descriptor: Int32
    let port: UInt16

    init(backlog: Int32) throws {
        guard let address = SocketAddress(literal: "127.0.0.1", port: 0) else { throw SystemError(code: EINVAL) }
        let descriptor = try System.makeSocket(family: address.family)
        self.descriptor = descriptor
        guard address.withPointer({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, backlog) == 0,
            let bound = System.localAddress(descriptor)
        else { throw System.lastError }
        port = bound.port
    }

    deinit { System.close(descriptor) }
}

/// An address from which no answer comes: a listener whose queue is full.
final class SilentListener: Sendable {
    private let listener: RawListener
    private let fillers: [Int32]
    var port: UInt16 { listener.port }

    init() throws {
        listener = try RawListener(backlog: 0)
        guard let address = SocketAddress(literal: "127.0.0.1", port: listener.port) else {
            throw SystemError(code: EINVAL)
        }
        // A queue of length 0 takes one connection on Linux; some more to be sure.
        fillers = try (0..<4).map { _ in
            let descriptor = try System.makeSocket(family: address.family)
            _ = try System.connect(descriptor, address)
            return descriptor
        }
    }

    deinit { for filler in fillers { System.close(filler) } }
}

/// Lets other threads run while a test waits for them.
func yieldThread() { _ = sched_yield() }
