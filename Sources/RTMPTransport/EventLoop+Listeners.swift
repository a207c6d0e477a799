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
            let wanted = ["::", "0.0.0.0"].compactMap { SocketAddress(literal: $0, port: address.port) }
            open(id, wanted, isEverything: true)
            return
        }
        if let literal = SocketAddress(literal: host, port: address.port) {
            open(id, [literal], isEverything: false)
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
            open(id, addresses, isEverything: false)
        case .failure(let failure):
            listeners[key] = nil
            program.listenFailed(
                id, reason: "cannot listen on \(listener.address): \(failure.sentence(listener.address.host ?? ""))",
                &wishes)
        }
        carryOutWishes()
        return true
    }

    /// Listens on all `addresses`, or on the first that works when each stands for everything.
    private mutating func open(_ id: ListenerID, _ addresses: [SocketAddress], isEverything: Bool) {
        guard let listener = listeners[id.rawValue] else { return }
        var first: SocketEndpoint?
        var failure = SystemError(code: EADDRNOTAVAIL)
        for var address in addresses where !isEverything || first == nil {
            // With port 0 the first socket gets a free one, and the others the same.
            if let first { address.port = first.port }
            do throws(SystemError) {
                let endpoint = try open(id, address, isEverything: isEverything)
                if first == nil { first = endpoint }
            } catch {
                failure = error
                // A family that the machine lacks is no loss; a port that is taken is, on any address.
                guard error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL else {
                    first = nil
                    break
                }
            }
        }
        if let first {
            program.listening(id, at: first, &wishes)
        } else {
            stopListening(id)
            program.listenFailed(
                id, reason: "cannot listen on \(listener.address): \(failure.listenAdvice)", &wishes)
        }
        serveSoon()
    }

    private mutating func open(
        _ id: ListenerID, _ address: SocketAddress, isEverything: Bool
    ) throws(SystemError) -> SocketEndpoint {
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
        return (System.localAddress(descriptor) ?? address).endpoint
    }

    mutating func stopListening(_ id: ListenerID) {
        for index in listeners.removeValue(forKey: id.rawValue)?.slots ?? [] { closeSlot(index) }
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
                guard admission?.admit(accepted, from: peer, at: now, { observer.log(.warning, $0) }) != false else {
                    System.resetOnClose(accepted)
                    System.close(accepted)
                    continue
                }
                System.setConnectionOptions(accepted)
                if deal(accepted, on: listener, from: peer.endpoint) { continue }
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
