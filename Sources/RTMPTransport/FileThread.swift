// SPDX-License-Identifier: Apache-2.0

import RTMPCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What runs on the thread of a ``FileWorker``.
struct FileThread: ~Copyable {
    /// What happened is told in batches, as a loop that is woken costs more than a fact. News are told when nothing is
    /// left to do, or with the first that come so long after the oldest: an operation that takes its time delays them.
    private static var patience: Duration { .milliseconds(10) }

    private let orders: Mailbox<FileOrder>
    private let backlog: SharedCount
    private let tell: @Sendable ([FileNews]) -> Void
    private var news: [FileNews] = []
    /// When the oldest of the news is due.
    private var newsDue = Instant.never
    private var files: [FileKey: OpenFile] = [:]
    /// Files with something new to do.
    private var ready: Set<FileKey> = []
    private var isStopping = false

    init(orders: Mailbox<FileOrder>, backlog: SharedCount, tell: @escaping @Sendable ([FileNews]) -> Void) {
        self.orders = orders
        self.backlog = backlog
        self.tell = tell
    }

    mutating func run() {
        while true {
            for order in orders.take() { enqueue(order) }
            var keys: Set<FileKey> = []
            swap(&keys, &ready)
            for key in keys { advance(key) }
            tellNews()
            if isStopping { break }
            wait()
        }
        for file in files.values { file.closeQuietly() }
    }

    /// Something happened to a file.
    private mutating func note(_ fact: FileFact, of key: FileKey) {
        let now = SystemClock.now
        if news.isEmpty { newsDue = now + Self.patience }
        news.append(FileNews(key: key, fact: fact))
        if now >= newsDue { tellNews() }
    }

    private mutating func tellNews() {
        guard !news.isEmpty else { return }
        tell(news)
        news = []
    }

    private mutating func enqueue(_ order: FileOrder) {
        switch order.command {
        case .stop: isStopping = true
        case .open(let request): open(order, request)
        case .list(let directory, let recursive):
            note(.listed(System.list(directory, recursive: recursive)), of: order.key)
        case .remove(let paths): remove(paths, order)
        default:
            // A file that failed takes nothing more.
            guard files[order.key] != nil else {
                _ = backlog.add(-order.command.backlogCount)
                return
            }
            files[order.key]?.enqueue(order.command)
            ready.insert(order.key)
        }
    }

    private mutating func open(_ order: FileOrder, _ request: FileRequest) {
        do throws(FileFailure) {
            let file = try OpenFile(request)
            files[order.key] = file
            let size = file.shape.isRegular ? file.shape.size : nil
            note(.opened(path: file.path, isSeekable: file.isSeekable, size: size), of: order.key)
        } catch {
            note(.failed(error), of: order.key)
        }
    }

    private mutating func remove(_ paths: [String], _ order: FileOrder) {
        var removed: [String] = []
        var failure: FileFailure?
        for path in paths {
            do throws(SystemError) {
                try System.removeFile(path)
                removed.append(path)
            } catch {
                failure = failure ?? FileFailure(.inputOutput, reason: "cannot remove \(path): \(error.text)")
            }
        }
        note(.removed(removed, failure), of: order.key)
    }

    /// Carries out the orders of one file until it is empty or a pipe would block.
    private mutating func advance(_ key: FileKey) {
        guard var file = files.removeValue(forKey: key) else { return }
        while let command = file.nextCommand {
            let step: OpenFile.Step
            do throws(FileFailure) {
                step = try file.carryOut(command)
            } catch {
                fail(file, key, error)
                return
            }
            switch step {
            case .blocked:
                files[key] = file
                return
            case .done(let fact):
                _ = backlog.add(-command.backlogCount)
                file.dropCommand()
                if let fact { note(fact, of: key) }
            case .closed:
                note(.closed, of: key)
                return
            }
        }
        files[key] = file
    }

    private mutating func fail(_ file: OpenFile, _ key: FileKey, _ failure: FileFailure) {
        for command in file.unfinishedCommands { _ = backlog.add(-command.backlogCount) }
        file.closeQuietly()
        note(.failed(failure), of: key)
    }

    /// Waits for orders, for pipes that block, and for readers that go away.
    private mutating func wait() {
        var entries = [pollfd(fd: orders.descriptor, events: Int16(POLLIN), revents: 0)]
        var keys: [FileKey] = []
        for (key, file) in files where !file.shape.isRegular {
            // Without a command only errors are reported: that the reader of an output pipe is gone.
            if file.nextCommand == nil, file.isInput { continue }
            let events = file.nextCommand == nil ? 0 : file.isInput ? POLLIN : POLLOUT
            entries.append(pollfd(fd: file.descriptor, events: Int16(events), revents: 0))
            keys.append(key)
        }
        guard poll(&entries, nfds_t(entries.count), -1) > 0 else { return }
        // An output that nobody will read again says so even while there is nothing to write.
        let gone = Int32(POLLERR | POLLHUP | POLLNVAL)
        for (key, entry) in zip(keys, entries.dropFirst()) where entry.revents != 0 {
            guard let file = files[key], !file.isInput, Int32(entry.revents) & gone != 0 else {
                ready.insert(key)
                continue
            }
            files[key] = nil
            fail(file, key, file.failure(of: SystemError(code: EPIPE), writing: true))
        }
    }
}
