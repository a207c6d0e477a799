// SPDX-License-Identifier: Apache-2.0

import RTMPCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A wished connection that is not up yet: its name is looked up, then its addresses are tried, each with a short head
/// start over the next (RFC 8305 §5). The first that answers wins.
struct Attempt {
    let name: ConnectAttempt
    let address: NetworkAddress
    let timeout: Duration
    let deadline: Instant
    var isResolving = true
    /// Addresses that were not tried yet, the next one last.
    var waiting: [SocketAddress] = []
    var running: [(slot: ConnectionID, address: SocketAddress)] = []
    var nextStart = Instant.never
    var failures: [(endpoint: SocketEndpoint, error: SystemError)] = []

    static var headStart: Duration { .milliseconds(250) }

    /// When something must be done although nothing happened.
    var dueTime: Instant { min(deadline, nextStart) }

    /// Takes the addresses of the name: the families take turns, beginning with the one that the system prefers.
    mutating func take(_ addresses: [SocketAddress]) {
        isResolving = false
        let preferred = addresses.first?.isIPv6 ?? false
        var first = addresses.filter { $0.isIPv6 == preferred }[...]
        var second = addresses.filter { $0.isIPv6 != preferred }[...]
        var order: [SocketAddress] = []
        while let next = first.popFirst() {
            order.append(next)
            if let other = second.popFirst() { order.append(other) }
        }
        waiting = (order + second).reversed()
    }

    var timeoutSentence: String {
        let words = timeout.inWords
        if isResolving { return "no name server told the address of \(address.host) within \(words)" }
        let silent = running.map(\.address.endpoint.description).joined(separator: " and ")
        let others = failures.isEmpty ? "" : "; " + failureSentence
        return "no answer from \(silent.isEmpty ? address.description : silent) within \(words)\(others)"
    }

    /// Why all addresses failed: equal reasons are told once.
    var failureSentence: String {
        var groups: [(code: Int32, endpoints: [String])] = []
        for failure in failures {
            let endpoint = failure.endpoint.description
            if let index = groups.firstIndex(where: { $0.code == failure.error.code }) {
                groups[index].endpoints.append(endpoint)
            } else {
                groups.append((failure.error.code, [endpoint]))
            }
        }
        return groups.map { group in
            let endpoints = group.endpoints.joined(separator: " and ")
            switch group.code {
            case ECONNREFUSED: return "connection refused by \(endpoints)"
            case ETIMEDOUT: return "no answer from \(endpoints)"
            case EHOSTUNREACH, ENETUNREACH: return "there is no way to \(endpoints)"
            default: return "cannot connect to \(endpoints): \(SystemError(code: group.code).text)"
            }
        }.joined(separator: "; ")
    }
}

extension NameFailure {
    func sentence(_ host: String) -> String {
        isUnknown ? "no such host: \(host)" : "cannot look up \(host): \(text)"
    }
}

extension Duration {
    fileprivate var inWords: String {
        let milliseconds = wholeMilliseconds
        return milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000) s" : "\(milliseconds) ms"
    }
}

extension EventLoop where P: ~Copyable {
    mutating func makeSerial() -> Int {
        nextSerial += 1
        return nextSerial
    }

    mutating func connect(_ name: ConnectAttempt, to address: NetworkAddress, timeout: Duration) {
        guard !address.isSecure else {
            program.connectFailed(
                name,
                reason: "cannot connect to \(address): rtmps comes with a later version; use rtmp, or a TLS proxy",
                at: now, &wishes)
            serveSoon()
            return
        }
        let serial = makeSerial()
        var attempt = Attempt(name: name, address: address, timeout: timeout, deadline: now + timeout)
        if let literal = SocketAddress(literal: address.host, port: address.port) {
            attempt.take([literal])
            attempt.nextStart = now
            attempts[serial] = attempt
            advance(serial)
        } else {
            attempts[serial] = attempt
            let mailbox = mailbox
            resolver.resolve(address.host, port: address.port) { mailbox.post(.resolved(serial, $0)) }
        }
    }

    mutating func cancelConnect(_ name: ConnectAttempt) {
        for (serial, attempt) in attempts where attempt.name == name { drop(serial) }
    }

    mutating func resolved(_ serial: Int, _ result: Result<[SocketAddress], NameFailure>) {
        guard ending == nil, !resolvedListener(serial, result), let attempt = attempts[serial] else { return }
        switch result {
        case .success(let addresses):
            attempts[serial]?.take(addresses)
            attempts[serial]?.nextStart = now
            advance(serial)
        case .failure(let failure):
            fail(serial, failure.sentence(attempt.address.host))
        }
    }

    /// Starts what is due, gives up what is overdue.
    mutating func advance(_ serial: Int) {
        guard var attempt = attempts[serial] else { return }
        while attempt.nextStart <= now || attempt.running.isEmpty, let address = attempt.waiting.popLast() {
            do throws(SystemError) {
                let slot = try start(address, serial)
                attempt.running.append((slot, address))
                attempt.nextStart = attempt.waiting.isEmpty ? .never : now + Attempt.headStart
            } catch {
                attempt.failures.append((address.endpoint, error))
            }
        }
        if attempt.waiting.isEmpty { attempt.nextStart = .never }
        attempts[serial] = attempt
        if !attempt.isResolving, attempt.running.isEmpty {
            fail(serial, attempt.failureSentence)
        } else if attempt.deadline <= now {
            fail(serial, attempt.timeoutSentence)
        }
    }

    private mutating func start(_ address: SocketAddress, _ serial: Int) throws(SystemError) -> ConnectionID {
        let descriptor = try System.makeSocket(family: address.family)
        System.setConnectionOptions(descriptor)
        do throws(SystemError) {
            // Also when it is up at once, the poller says so: the socket is writable.
            _ = try System.connect(descriptor, address)
        } catch {
            System.close(descriptor)
            throw error
        }
        return try sockets.add(descriptor, .attempt, owner: serial)
    }

    /// A socket that connects came to a result.
    mutating func attemptReady(_ index: Int) {
        let id = sockets.id(index)
        let serial = sockets.slots[index].owner
        let descriptor = sockets.slots[index].descriptor
        guard var attempt = attempts[serial], let place = attempt.running.firstIndex(where: { $0.slot == id }) else {
            sockets.close(index)
            return
        }
        var code = System.socketError(descriptor)
        if code == 0, let peer = System.peerAddress(descriptor) {
            attempts[serial]?.running.remove(at: place)
            drop(serial)
            sockets.slots[index].role = .connection
            sockets.slots[index].isSource = true
            // Whatever came with the same event is found by reading: `received` follows in the next turn.
            sockets.slots[index].isReadable = true
            sockets.queueAgain(index)
            program.connected(id, for: attempt.name, to: peer.endpoint, at: now, &wishes)
            carryOutWishes()
            serveSoon()
            return
        }
        // Up, and gone again before we looked.
        if code == 0 { code = ECONNRESET }
        let address = attempt.running.remove(at: place).address
        attempt.failures.append((address.endpoint, SystemError(code: code)))
        attempt.nextStart = now
        attempts[serial] = attempt
        closeSlot(index)
        advance(serial)
    }

    private mutating func fail(_ serial: Int, _ reason: String) {
        guard let attempt = attempts[serial] else { return }
        drop(serial)
        program.connectFailed(attempt.name, reason: reason, at: now, &wishes)
        carryOutWishes()
        serveSoon()
    }

    /// Forgets an attempt and closes its sockets.
    mutating func drop(_ serial: Int) {
        for (slot, _) in attempts.removeValue(forKey: serial)?.running ?? [] {
            if let index = sockets.index(of: slot) { closeSlot(index) }
        }
    }
}
