// SPDX-License-Identifier: Apache-2.0

import RTMPCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A wished listener: one socket, or several when a name has several addresses.
struct Listener {
    var address: ListenAddress
    /// Number of the question while its name is looked up.
    var serial: Int?
    var slots: [Int] = []
}

extension EventLoop where P: ~Copyable {
    private static var acceptsPerTurn: Int { 64 }

    mutating func listen(_ id: ListenerID, _ address: ListenAddress) {
        guard listeners[id.rawValue] == nil else {
            program.listenFailed(id, reason: "cannot listen on \(address): the listener is open already", &wishes)
            return
        }
        listeners[id.rawValue] = Listener(address: address)
        guard let host = address.host else {
            // One socket takes both families. Without IPv6 in the machine there is one for IPv4.
            let both = SocketAddress(literal: "::", port: address.port)
            let four = SocketAddress(literal: "0.0.0.0", port: address.port)
            open(id, candidates: [both, four].compactMap { $0 }.map { [$0] })
            return
        }
        if let literal = SocketAddress(literal: host, port: address.port) {
            open(id, candidates: [[literal]])
            return
        }
        let serial = makeSerial()
        listeners[id.rawValue]?.serial = serial
        let mailbox = mailbox
        resolver.resolve(host, port: address.port) { mailbox.post(.resolved(serial, $0)) }
    }

    /// The name of a listener was looked up; false when the question was not a listener's.
    mutating func resolvedListener(_ serial: Int, _ result: Result<[SocketAddress], NameFailure>) -> Bool {
        guard let (key, listener) = listeners.first(where: { $0.value.serial == serial }) else { return false }
        let id = ListenerID(key)
        switch result {
        case .success(let addresses):
            listeners[key]?.serial = nil
            open(id, candidates: [addresses])
        case .failure(let failure):
            listeners[key] = nil
            program.listenFailed(
                id, reason: "cannot listen on \(listener.address): \(failure.sentence(listener.address.host ?? ""))",
                &wishes)
        }
        carryOutWishes()
        return true
    }

    /// Listens on all addresses of the first candidate whose family the machine has.
    private mutating func open(_ id: ListenerID, candidates: [[SocketAddress]]) {
        guard let listener = listeners[id.rawValue] else { return }
        var failure = SystemError(code: EADDRNOTAVAIL)
        for addresses in candidates {
            do throws(SystemError) {
                let endpoint = try open(id, addresses, isEverything: listener.address.host == nil)
                program.listening(id, at: endpoint, &wishes)
                serveSoon()
                return
            } catch {
                failure = error
                closeListenerSockets(id)
                // Only a machine without the family goes on to the next; a taken port is a taken port.
                guard error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL else { break }
            }
        }
        listeners[id.rawValue] = nil
        program.listenFailed(
            id, reason: "cannot listen on \(listener.address): \(failure.listenAdvice)", &wishes)
        serveSoon()
    }

    private mutating func open(
        _ id: ListenerID, _ addresses: [SocketAddress], isEverything: Bool
    ) throws(SystemError) -> SocketEndpoint {
        var first: SocketEndpoint?
        for var address in addresses {
            // With port 0 the first socket gets a free one, and the others the same.
            if let first { address.port = first.port }
            let descriptor = try System.makeSocket(family: address.family)
            System.setListenerOptions(descriptor, isIPv6Only: address.isIPv6 ? !isEverything : nil)
            do throws(SystemError) {
                try System.bindAndListen(descriptor, address)
            } catch {
                System.close(descriptor)
                throw error
            }
            let slot = try sockets.add(descriptor, .listener, owner: id.rawValue)
            listeners[id.rawValue]?.slots.append(slot.index)
            if first == nil { first = (System.localAddress(descriptor) ?? address).endpoint }
        }
        guard let first else { throw SystemError(code: EADDRNOTAVAIL) }
        return first
    }

    mutating func stopListening(_ id: ListenerID) {
        closeListenerSockets(id)
        listeners[id.rawValue] = nil
    }

    private mutating func closeListenerSockets(_ id: ListenerID) {
        for index in listeners[id.rawValue]?.slots ?? [] { sockets.close(index) }
        listeners[id.rawValue]?.slots = []
    }

    mutating func acceptConnections(_ index: Int) {
        guard acceptsAgain == .never else { return }
        let slot = sockets.id(index)
        let descriptor = sockets.slots[index].descriptor
        let listener = ListenerID(sockets.slots[index].owner)
        for _ in 0..<Self.acceptsPerTurn {
            // The program may stop listening in the middle.
            guard sockets.index(of: slot) != nil else { return }
            do throws(SystemError) {
                guard let (accepted, peer) = try System.accept(descriptor) else {
                    saidDescriptorsRanOut = false
                    sockets.markDrained(index)
                    return
                }
                System.setConnectionOptions(accepted)
                let id = try sockets.add(accepted, .connection)
                program.accepted(id, on: listener, from: peer.endpoint, at: now, &wishes)
                carryOutWishes()
            } catch {
                switch error.code {
                case EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC:
                    pauseAccepting(error)
                    return
                case EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP:
                    observer.log(.error, "cannot accept connections any more: \(error.text)")
                    return
                // Anything else is the fault of one connection that is gone already.
                default: break
                }
            }
        }
        if sockets.index(of: slot) != nil { sockets.queueAgain(index) }
    }

    private mutating func pauseAccepting(_ error: SystemError) {
        acceptsAgain = now + .seconds(1)
        guard !saidDescriptorsRanOut else { return }
        saidDescriptorsRanOut = true
        observer.log(
            .warning,
            "new connections have to wait until others end: \(error.text); raise the limit of open files (ulimit -n)")
    }
}

extension SystemError {
    /// Why listening failed, and what to do.
    fileprivate var listenAdvice: String {
        switch code {
        case EADDRINUSE: "the port is in use; stop the program that uses it, or choose another port"
        case EACCES, EPERM: "permission denied; ports below 1024 need privileges, choose a higher one"
        case EADDRNOTAVAIL: "this machine does not have that address"
        case EAFNOSUPPORT: "this machine does not speak that kind of address"
        default: text
        }
    }
}
