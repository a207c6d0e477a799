// SPDX-License-Identifier: Apache-2.0

import RTMPCore

extension SimulatedNetwork {
    /// Does what a program wished, in order.
    func carryOut(_ wishes: [Wish], of host: SimulatedHost) {
        for wish in wishes where host.isRunning {
            switch wish {
            case .listen(let listener, let address): listen(listener, address, host)
            case .stopListening(let listener):
                for (port, other) in host.listeners where other == listener { host.listeners[port] = nil }
            case .connect(let attempt, let address, let timeout):
                connect(attempt, to: address, timeout: timeout, from: host)
            case .cancelConnect(let attempt): host.attempts.remove(attempt)
            case .close(let id), .abort(let id), .pauseReading(let id), .resumeReading(let id), .keepAlive(let id):
                carryOut(wish, on: id, of: host)
            case .gather(let id, _, _): host.gathered.append(id)
            case .media: break  // Simulated time waits for nobody, so that nothing is gained by gathering reads.
            case .open(let file, let request): open(file, request, host)
            case .write(let file, let bytes): write(file, bytes, at: nil, host)
            case .overwrite(let file, let offset, let bytes): write(file, bytes, at: offset, host)
            case .cut(let file, let size):
                operate(on: file, host) { host, handle in
                    host.files.cut(&handle, to: size)
                    return nil
                }
            case .sync(let file):
                operate(on: file, host) { host, _ in
                    host.files.syncs += 1
                    return nil
                }
            case .read(let file, let count): read(file, count, host)
            case .seek(let file, let offset):
                operate(on: file, host) { _, handle in
                    handle.position = max(offset, 0)
                    return nil
                }
            case .rename(let file, let name, let replacing):
                operate(on: file, host) { host, handle in
                    host.files.rename(&handle, to: name, replacing: replacing)
                }
            case .list(let file, let directory, let recursive):
                operateOnce(as: file, host) { .listed($0.files.list(directory, recursive: recursive)) }
            case .remove(let file, let paths):
                operateOnce(as: file, host) { host in
                    for path in paths { host.files.contents[path] = nil }
                    return .removed(paths, nil)
                }
            case .run(let run, let command, let input):
                host.commands.append(SimulatedHost.Command(line: command, input: input))
                let result = host.commandResult
                tell(host, .ran(run, result), at: now.nanoseconds + 1_000_000)
            case .closeFile(let file): operate(on: file, host) { _, _ in .closed }
            case .log(let level, let text): host.whole.logs.append(.init(time: now, level: level, text: text))
            case .report(let progress):
                host.whole.progress = progress
                host.whole.reports += 1
            case .finish(let ending):
                stop(host, how: .halfClose, dropsFileOperations: false)
                ended(host, ending)
            }
        }
    }

    /// Ends a program: its listeners and connections go.
    func stop(_ host: SimulatedHost, how: Cut, dropsFileOperations: Bool) {
        guard host.isRunning else { return }
        host.isRunning = false
        host.incarnation += 1
        host.listeners = [:]
        host.attempts = []
        host.deadline = .max
        host.inbox = [:]
        if dropsFileOperations { host.openFiles = [:] }
        for (index, side) in connectionsOf(host, with: nil) {
            switch how {
            case .vanish:
                cut(index, how: .vanish, from: side)
                leave(index, side)
            case .halfClose: finish(index, side)
            case .reset: cut(index, how: .reset, from: side)
            }
        }
    }

    private func listen(_ listener: ListenerID, _ address: ListenAddress, _ host: SimulatedHost) {
        var port = address.port
        if port == 0 {
            port = (49_152...65_535).first { host.listeners[$0] == nil } ?? 0
        }
        guard host.listeners[port] == nil, port != 0 else {
            return tell(
                host, .listenFailed(listener, "cannot listen on \(address): address in use"), at: now.nanoseconds)
        }
        host.listeners[port] = listener
        let endpoint = SocketEndpoint(address: address.host ?? "::", port: port)
        tell(host, .listening(listener, endpoint), at: now.nanoseconds)
    }

    private func carryOut(_ wish: Wish, on id: ConnectionID, of host: SimulatedHost) {
        guard let slot = host.slot(of: id), let index = slot.connection, let connection = connections[index] else {
            return
        }
        switch wish {
        case .close: finish(index, slot.side)
        case .abort:
            connection.pipes[slot.side].reset(at: now.nanoseconds, delay: connection.latency)
            scheduleDelivery(index, from: slot.side)
            leave(index, slot.side)
        case .pauseReading: connection.sides[slot.side].isReadingPaused = true
        case .resumeReading:
            connection.sides[slot.side].isReadingPaused = false
            scheduleDelivery(index, from: 1 - slot.side)
        case .keepAlive: connection.sides[slot.side].keepsAlive = true
        default: break
        }
    }

    // Files. Operations on one file are done in order, each a little later than it was wished.

    private func open(_ file: FileID, _ request: FileRequest, _ host: SimulatedHost) {
        let key = SimulatedHost.OpenFile(incarnation: host.incarnation, file: file)
        precondition(host.openFiles[key] == nil, "\(host.name) opens a file under a number in use (seed \(seed))")
        host.openFiles[key] = SimulatedFiles.Handle(target: .input)
        operate(on: file, host) { [unowned self] host, handle in
            let (opened, fact) = host.files.open(request, failing: random.chance(faults.openFailure))
            if let opened { handle.target = opened.target }
            return fact
        }
    }

    /// An operation that is about no open file.
    private func operateOnce(
        as file: FileID, _ host: SimulatedHost, _ operation: @escaping (SimulatedHost) -> FileFact
    ) {
        let incarnation = host.incarnation
        schedule(at: now.nanoseconds + delay(.zero..<host.files.latency), of: host) { [unowned self, unowned host] in
            let fact = operation(host)
            if incarnation == host.incarnation { tellNow(host, .file(file, fact)) }
        }
    }

    private func write(_ file: FileID, _ bytes: [UInt8], at offset: Int?, _ host: SimulatedHost) {
        operate(on: file, host) { [unowned self] host, handle in
            if random.chance(faults.writeFailure) {
                return .failed(FileFailure(.inputOutput, reason: "the disk is broken"))
            }
            return host.files.write(bytes, at: offset, to: &handle, now: now.milliseconds)
        }
    }

    private func read(_ file: FileID, _ count: Int, _ host: SimulatedHost) {
        operate(on: file, host) { host, handle in
            guard let bytes = host.files.read(count, from: handle) else { return .end }
            handle.position += bytes.count
            return .read(bytes)
        }
    }

    private func operate(
        on file: FileID, _ host: SimulatedHost,
        _ operation: @escaping (SimulatedHost, inout SimulatedFiles.Handle) -> FileFact?
    ) {
        let key = SimulatedHost.OpenFile(incarnation: host.incarnation, file: file)
        guard let handle = host.openFiles[key] else { return }
        let time = max(handle.readyAt, now.nanoseconds + delay(.zero..<host.files.latency))
        host.openFiles[key]?.readyAt = time
        schedule(at: time, of: host) { [unowned self, unowned host] in
            // A failed file stays failed; a killed program's files are gone.
            guard var handle = host.openFiles[key] else { return }
            let fact = operation(host, &handle)
            handle.readyAt = max(handle.readyAt, host.openFiles[key]?.readyAt ?? 0)
            host.openFiles[key] = handle
            switch fact {
            case .failed, .closed: host.openFiles[key] = nil
            default: break
            }
            if let fact, key.incarnation == host.incarnation { tellNow(host, .file(file, fact)) }
        }
    }
}
