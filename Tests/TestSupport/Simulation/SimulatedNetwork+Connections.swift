// SPDX-License-Identifier: Apache-2.0

import RTMPCore

extension SimulatedNetwork {
    // Making connections.

    func connect(_ attempt: ConnectAttempt, to address: NetworkAddress, timeout: Duration, from host: SimulatedHost) {
        host.attempts.insert(attempt)
        let incarnation = host.incarnation
        let giveUp = (now + timeout).nanoseconds
        func fail(_ reason: String, at time: Int64) {
            schedule(at: time, of: host) { [unowned self, unowned host] in
                guard host.incarnation == incarnation, host.attempts.remove(attempt) != nil else { return }
                tellNow(host, .connectFailed(attempt, reason))
            }
        }
        let conditions = host.conditions ?? find(address.host, from: host)?.conditions ?? self.conditions
        let roundTrip = 2 * delay(conditions.latency) + 1_000
        let arrival = now.nanoseconds + roundTrip
        let faults = isSpared(host, find(address.host, from: host)) ? .none : faults
        if random.chance(faults.refusal) { return fail("connection to \(address) refused", at: arrival) }
        if random.chance(faults.noAnswer) { return fail("\(address) does not answer", at: giveUp) }
        guard let peer = find(address.host, from: host) else {
            return fail("cannot find \(address.host)", at: arrival)
        }
        if arrival >= giveUp { return fail("\(address) does not answer", at: giveUp) }
        schedule(at: arrival, of: host) { [unowned self, unowned host, unowned peer] in
            guard host.incarnation == incarnation, host.attempts.contains(attempt) else { return }
            if peer.isVanished { return fail("\(address) does not answer", at: giveUp) }
            guard peer.isRunning, let listener = peer.listeners[address.port] else {
                return fail("connection to \(address) refused", at: now.nanoseconds)
            }
            host.attempts.remove(attempt)
            establish(
                attempt, from: host, to: peer.dealConnection(), port: address.port, listener: listener, roundTrip / 2)
        }
    }

    private func establish(
        _ attempt: ConnectAttempt, from host: SimulatedHost, to peer: SimulatedHost, port: UInt16,
        listener: ListenerID, _ latency: Int64
    ) {
        let index = connections.count
        let isSpared = isSpared(host, peer)
        let faults = isSpared ? .none : faults
        let ours = host.conditions ?? conditions
        let theirs = peer.conditions ?? conditions
        var bandwidth = [ours.bandwidth, theirs.bandwidth].compactMap { $0 }.min()
        if random.chance(faults.narrow) {
            bandwidth = min(bandwidth ?? .max, faults.narrowBandwidth / random.integer(in: 1..<21))
        }
        let hasSmallBuffer = random.chance(faults.smallBuffer)
        let pipes = (0..<2).map { _ in
            let range = ours.buffer.lowerBound < theirs.buffer.lowerBound ? ours.buffer : theirs.buffer
            return Pipe(
                capacity: random.integer(in: hasSmallBuffer ? 1_024..<8_192 : range), bandwidth: bandwidth)
        }
        let sides = [
            SimulatedConnection.Side(host: host.index, id: host.open(index, side: 0)),
            SimulatedConnection.Side(host: peer.index, id: peer.open(index, side: 1)),
        ]
        let jitter = max(ours.jitter.wholeNanoseconds, theirs.jitter.wholeNanoseconds)
        connections.append(
            SimulatedConnection(
                sides: sides, pipes: pipes, latency: latency, jitter: Int(jitter) + 1, isSpared: isSpared))
        host.nextPort = host.nextPort == .max ? 32_768 : host.nextPort + 1
        let client = SocketEndpoint(address: host.address, port: host.nextPort)
        if random.chance(faults.breakdown), let how = faults.breakdownKinds.randomElement(using: &random) {
            let time = now.nanoseconds + delay(.zero..<faults.breakdownTime)
            let side = random.integer(in: 0..<2)
            schedule(at: time) { [unowned self] in cut(index, how: how, from: side) }
        }
        if random.chance(faults.duplicateConnect) { duplicate(index, port: port, listener: listener) }
        // The peer may be held up; whatever comes for it then waits behind this.
        tell(peer, .accepted(sides[1].id, listener, client), at: now.nanoseconds)
        tellNow(host, .connected(sides[0].id, attempt, SocketEndpoint(address: peer.address, port: port)))
    }

    /// Whether no fault happens between two hosts.
    private func isSpared(_ host: SimulatedHost, _ peer: SimulatedHost?) -> Bool {
        host.whole.isSpared || peer?.whole.isSpared == true
    }

    /// Has the peer of a connection accept another one, at whose other end nobody listens.
    private func duplicate(_ original: Int, port: UInt16, listener: ListenerID) {
        guard let connection = connections[original] else { return }
        let host = self.host(connection.sides[0].host)
        let peer = self.host(connection.sides[1].host).whole.dealConnection()
        let index = connections.count
        var nobody = SimulatedConnection.Side(host: host.index, id: ConnectionID(index: 0, generation: 0))
        nobody.isOpen = false
        let side = SimulatedConnection.Side(host: peer.index, id: peer.open(index, side: 1))
        let pipes = connection.pipes.map { Pipe(capacity: $0.capacity, bandwidth: nil) }
        connections.append(
            SimulatedConnection(
                sides: [nobody, side], pipes: pipes, latency: connection.latency, jitter: connection.jitter,
                isSpared: false))
        if random.chance(0.5) { connection.twin = index }
        host.nextPort = host.nextPort == .max ? 32_768 : host.nextPort + 1
        let client = SocketEndpoint(address: host.address, port: host.nextPort)
        tell(peer, .accepted(side.id, listener, client), at: now.nanoseconds)
        let end = now.nanoseconds + delay(.zero..<faults.breakdownTime)
        schedule(at: end) { [unowned self] in cut(index, how: .reset, from: 0) }
    }

    // Sending.

    /// The pipe to append to and how many of the `offered` bytes fit; fewer block the sender.
    func room(for offered: Int, on id: ConnectionID, of host: SimulatedHost) -> (pipe: Pipe, room: Int)? {
        guard offered > 0, let slot = host.slot(of: id), let index = slot.connection,
            let connection = connections[index]
        else { return nil }
        let pipe = connection.pipes[slot.side]
        let room = min(offered, pipe.room)
        host.whole.bytesSent += room
        if room < offered, pipe.end == nil { pipe.isBlocked = true }
        return (pipe, room)
    }

    /// Puts what was appended on its way.
    func transmit(on id: ConnectionID, of host: SimulatedHost) {
        guard let slot = host.slot(of: id), let index = slot.connection, let connection = connections[index] else {
            return
        }
        if connection.isForgotten { return cut(index, how: .reset, from: slot.side) }
        if connection.isVanished { watchUnacknowledged(index, slot.side) }
        if slot.side == 0, let twin = connection.twin {
            let pipe = connection.pipes[0]
            pipe.unlaunched.withUnsafeBytes { repeated in say(repeated, onTwin: twin) }
        }
        launch(index, from: slot.side)
    }

    private func launch(_ index: Int, from side: Int) {
        guard let connection = connections[index] else { return }
        var delay = connection.latency + Int64(random.integer(in: 0..<connection.jitter))
        if !connection.isSpared {
            if random.chance(faults.delay) { delay += self.delay(faults.delayTime) }
            if random.chance(faults.stall) { delay += self.delay(faults.stallTime) }
        }
        connection.pipes[side].launch(at: now.nanoseconds, delay: delay)
        scheduleDelivery(index, from: side)
    }

    /// A twin says the same as its original, as long as there is room for all of it.
    private func say(_ bytes: UnsafeRawBufferPointer, onTwin twin: Int) {
        guard let connection = connections[twin] else { return }
        guard connection.pipes[0].room >= bytes.count else { return cut(twin, how: .reset, from: 0) }
        connection.pipes[0].append(bytes)
        launch(twin, from: 0)
    }

    func makeWritable(_ index: Int, _ side: Int) {
        guard let connection = connections[index] else { return }
        let pipe = connection.pipes[side]
        let host = self.host(connection.sides[side].host)
        if host.pausedUntil > now.nanoseconds {
            return queue.push(.writable(connection: index, side: side), at: host.pausedUntil)
        }
        pipe.writableIsScheduled = false
        guard !connection.sides[side].isMoving else { return }
        guard pipe.isBlocked, pipe.room > 0, connection.sides[side].isOpen else { return }
        pipe.isBlocked = false
        tellNow(host, .writable(connection.sides[side].id))
    }

    // Receiving.

    func scheduleDelivery(_ index: Int, from side: Int, notBefore time: Int64 = 0) {
        guard let connection = connections[index], !connection.isVanished else { return }
        let pipe = connection.pipes[side]
        guard let next = pipe.nextArrival else { return }
        let due = max(next, time, now.nanoseconds)
        guard due != pipe.scheduled else { return }
        pipe.scheduled = due
        queue.push(.deliver(connection: index, side: side), at: due)
    }

    func deliver(_ index: Int, from side: Int) {
        guard let connection = connections[index], connection.pipes[side].scheduled == now.nanoseconds else { return }
        let pipe = connection.pipes[side]
        pipe.scheduled = .max
        guard !connection.isVanished else { return }
        let receiver = connection.sides[1 - side]
        let host = self.host(receiver.host)
        if host.pausedUntil > now.nanoseconds {
            return scheduleDelivery(index, from: side, notBefore: host.pausedUntil)
        }
        if receiver.isMoving { return }
        var isReset = false
        if let end = pipe.end, case .reset = end.kind { isReset = true }
        if receiver.isOpen, receiver.isReadingPaused, !isReset { return }
        var count = min(pipe.arrived(by: now.nanoseconds), 131_072)
        var gap: Int64 = 1_000
        if count > 1, !connection.isSpared, random.chance(faults.split) {
            count = random.integer(in: 1..<(min(count, 1 << random.integer(in: 1..<13)) + 1))
            gap += Int64(random.integer(in: 0..<200_000))
        }
        if count > 0 {
            if receiver.isOpen {
                handOver(count, of: pipe, to: host, receiver.id)
            } else if receiver.leftAt < now.nanoseconds - 2_000_000_000 {
                // Whoever runs a program gives up a closed connection after two seconds.
                return cut(index, how: .reset, from: 1 - side)
            }
            pipe.consume(count)
            if pipe.isBlocked, !pipe.writableIsScheduled, pipe.underWay <= pipe.capacity / 2 {
                pipe.writableIsScheduled = true
                queue.push(.writable(connection: index, side: side), at: now.nanoseconds + connection.latency + 1)
            }
        } else if pipe.underWay == 0, let end = pipe.end, end.arrival <= now.nanoseconds {
            return arriveEnd(end.kind, index, from: side)
        }
        scheduleDelivery(index, from: side, notBefore: now.nanoseconds + gap)
    }

    private func handOver(_ count: Int, of pipe: Pipe, to host: SimulatedHost, _ id: ConnectionID) {
        guard host.isRunning else { return }
        host.whole.bytesReceived += count
        var wishes = Wishes()
        do {
            let buffer = pipe.buffer
            let head = pipe.head
            mix(UInt64(host.index) << 48 | UInt64(count))
            // The whole of a short piece and both ends of a long one: enough to tell runs apart, and fast.
            for offset in 0..<min(count, 32) { mix(UInt64(buffer[head + offset])) }
            for offset in max(count - 32, min(count, 32))..<count { mix(UInt64(buffer[head + offset])) }
            host.program.receive(id, buffer.span.extracting(head..<(head + count)), at: now, &wishes)
        }
        carryOut(wishes.take(), of: host)
        wake(host)
    }

    private func arriveEnd(_ kind: Pipe.End, _ index: Int, from side: Int) {
        guard let connection = connections[index] else { return }
        let receiver = connection.sides[1 - side]
        if receiver.isOpen {
            leave(index, 1 - side)
            let reason: CloseReason =
                switch kind {
                case .finished: .endOfStream
                case .reset: .failed("connection reset by peer")
                }
            // Whoever runs the program closes what the peer has closed, after what was sent.
            connection.pipes[1 - side].finish(at: now.nanoseconds, delay: connection.latency)
            scheduleDelivery(index, from: 1 - side)
            tellNow(host(receiver.host), .closed(receiver.id, reason))
        }
        if !connection.sides[0].isOpen, !connection.sides[1].isOpen { connections[index] = nil }
    }

    // Ending.

    /// The program of a side hears nothing of the connection any more.
    func leave(_ index: Int, _ side: Int) {
        guard let connection = connections[index], connection.sides[side].isOpen else { return }
        connection.sides[side].isOpen = false
        connection.sides[side].leftAt = now.nanoseconds
        host(connection.sides[side].host).close(connection.sides[side].id)
        if connection.sides[1 - side].isOpen {
            // Bytes that the program held back are thrown away from now on.
            scheduleDelivery(index, from: 1 - side)
        } else if connection.isVanished {
            connections[index] = nil
        }
    }

    /// Closes a side in order: what was sent arrives, then the end.
    func finish(_ index: Int, _ side: Int) {
        guard let connection = connections[index] else { return }
        connection.pipes[side].finish(at: now.nanoseconds, delay: connection.latency)
        scheduleDelivery(index, from: side)
        leave(index, side)
    }

    /// Breaks a connection; `side` is who closes or resets.
    func cut(_ index: Int, how: Cut, from side: Int) {
        guard let connection = connections[index] else { return }
        mix(UInt64(index) << 8 | 0xC0)
        switch how {
        case .reset:
            connection.isVanished = false
            for side in 0..<2 {
                connection.pipes[side].reset(at: now.nanoseconds, delay: connection.latency / 2 + 1)
                scheduleDelivery(index, from: side)
            }
        case .halfClose:
            connection.pipes[side].finish(at: now.nanoseconds, delay: connection.latency)
            scheduleDelivery(index, from: side)
        case .vanish:
            connection.isVanished = true
            for side in 0..<2 where connection.sides[side].isOpen {
                if connection.sides[side].keepsAlive { expire(index, side, after: .seconds(25)) }
                if connection.pipes[side].underWay > 0 { watchUnacknowledged(index, side) }
            }
        }
    }

    /// The host's machine is back and knows nothing of its old connections.
    func forgetConnections(of host: SimulatedHost) {
        for (index, side) in allConnectionsOf(host) {
            guard let connection = connections[index] else { continue }
            connection.isForgotten = true
            if connection.pipes[1 - side].underWay > 0 { cut(index, how: .reset, from: side) }
        }
    }

    private func watchUnacknowledged(_ index: Int, _ side: Int) {
        guard let connection = connections[index], !connection.sides[side].userTimeoutIsSet else { return }
        connection.sides[side].userTimeoutIsSet = true
        expire(index, side, after: .seconds(60))
    }

    private func expire(_ index: Int, _ side: Int, after duration: Duration) {
        schedule(at: (now + duration).nanoseconds) { [unowned self] in
            guard let connection = connections[index], connection.isVanished, connection.sides[side].isOpen else {
                return
            }
            if connection.sides[side].isMoving { return expire(index, side, after: .milliseconds(1)) }
            leave(index, side)
            tellNow(
                host(connection.sides[side].host), .closed(connection.sides[side].id, .failed("connection timed out")))
        }
    }

    /// The open connections of a host, or those with `other`: index and the host's side.
    func connectionsOf(_ host: SimulatedHost, with other: SimulatedHost?) -> [(index: Int, side: Int)] {
        let others = other?.shards.map(\.index)
        return allConnectionsOf(host).filter { index, side in
            guard let peer = connections[index]?.sides[1 - side].host else { return false }
            return others?.contains(peer) ?? true
        }
    }

    private func allConnectionsOf(_ host: SimulatedHost) -> [(index: Int, side: Int)] {
        connections.indices.flatMap { index in
            (0..<2).compactMap { side in
                connections[index]?.sides[side].host == host.index ? (index, side) : nil
            }
        }
    }
}
