// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// How many connections may be open that peers made: all together, and from one address.
///
/// One admission can serve several loops. Who comes when there is no room is closed at once, before the program hears
/// of it. Of a flood one line in ten seconds is logged, with how many there were.
public final class Admission: Sendable {
    /// A peer, or the network that one household or machine gets: an IPv4 address, or the first half of an IPv6 one.
    struct Origin: Hashable, Sendable {
        var network: UInt64
        var isIPv6: Bool
    }

    private struct State {
        var origins: [Int32: Origin] = [:]
        var counts: [Origin: Int] = [:]
        var nextLine = Instant(nanoseconds: .min)
        var unsaid = 0

        mutating func release(_ descriptor: Int32) {
            guard let origin = origins.removeValue(forKey: descriptor) else { return }
            let left = counts[origin, default: 1] - 1
            counts[origin] = left > 0 ? left : nil
        }
    }

    private static let distance: Duration = .seconds(10)

    /// The most connections; nil for as many as the process has descriptors for.
    public let connections: Int?
    /// The most connections from one IPv4 address, or from one IPv6 network of 64 bits; nil for as many as come.
    public let perAddress: Int?
    private let state = Locked(State())

    /// Limits that nobody has reached yet.
    public init(connections: Int? = nil, perAddress: Int? = nil) {
        self.connections = connections
        self.perAddress = perAddress
    }

    /// Whether one more may come, which counts then until it is released.
    ///
    /// - Parameter say: called with a line for the log when it may not, but not for each of a flood.
    func admit(_ descriptor: Int32, from peer: SocketAddress, at now: Instant, _ say: (String) -> Void) -> Bool {
        let origin = peer.origin
        let (isAdmitted, line): (Bool, String?) = state.withLock { state in
            // A connection that failed on its way to its loop was closed without a word.
            state.release(descriptor)
            let count = state.counts[origin, default: 0]
            var reason = ""
            if let connections, state.origins.count >= connections {
                reason = "\(connections) connections are open, as many as may be"
            } else if let perAddress, count >= perAddress {
                reason = "\(count) connections from its address are open, as many as may be"
            } else {
                state.origins[descriptor] = origin
                state.counts[origin] = count + 1
                return (true, nil)
            }
            guard now >= state.nextLine else {
                state.unsaid += 1
                return (false, nil)
            }
            let others = state.unsaid > 0 ? "; \(state.unsaid) others were refused since the last such line" : ""
            state.nextLine = now + Self.distance
            state.unsaid = 0
            return (false, "refused \(peer.endpoint): \(reason)\(others)")
        }
        if let line { say(line) }
        return isAdmitted
    }

    /// The descriptor is about to be closed.
    func release(_ descriptor: Int32) {
        state.withLock { $0.release(descriptor) }
    }
}
