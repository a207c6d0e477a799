// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Synchronization

/// A file of some loop, to the worker. Never used twice.
struct FileKey: Sendable, Hashable {
    fileprivate var number: UInt64
}

/// What to do with a file.
struct FileOrder: Sendable {
    enum Command: Sendable {
        case open(FileRequest)
        case write([UInt8])
        case overwrite(at: Int, [UInt8])
        case cut(to: Int)
        case sync
        case read(upTo: Int)
        case seek(to: Int)
        case rename(to: String, replacing: Bool)
        case list(directory: String, recursive: Bool)
        case remove([String])
        case close
        /// End the thread.
        case stop
    }
    var key: FileKey
    var command: Command
}

/// What happened to a file.
struct FileNews: Sendable {
    var key: FileKey
    var fact: FileFact
}

/// One helper thread that does what may block: a disk, and a pipe that nobody reads.
///
/// Orders for one file are carried out in order. A pipe that is full holds up its own orders only. What waits to be
/// written is bounded for all files together; a program bounds it much earlier by counting `wrote` facts.
final class FileWorker: Sendable {
    /// Bytes that may wait to be written.
    static let defaultBacklog = 64 << 20

    private let orders: Mailbox<FileOrder>
    private let backlogLimit: Int
    private let backlog = SharedCount()
    private let nextKey = SharedCount()
    private let hasThread = Locked(false)
    private let tell: @Sendable ([FileNews]) -> Void

    /// - Parameters:
    ///   - backlogLimit: Bytes that may wait to be written.
    ///   - tell: Hears what happened, on the worker's thread.
    init(
        backlogLimit: Int = defaultBacklog, tell: @escaping @Sendable ([FileNews]) -> Void
    ) throws(SystemError) {
        orders = try Mailbox()
        self.backlogLimit = backlogLimit
        self.tell = tell
    }

    deinit { orders.post(FileOrder(key: FileKey(number: 0), command: .stop)) }

    func makeKey() -> FileKey { FileKey(number: UInt64(nextKey.add(1))) }

    /// Queues an order. False, and nothing queued, when it would be one write too many, or there is no thread.
    func post(_ order: FileOrder) -> Bool {
        let count = order.command.backlogCount
        if count > 0, backlog.add(count) > backlogLimit {
            _ = backlog.add(-count)
            return false
        }
        let runs = hasThread.withLock { runs in
            if !runs {
                runs = startThread { [orders, backlog, tell] in
                    var files = FileThread(orders: orders, backlog: backlog, tell: tell)
                    files.run()
                }
            }
            return runs
        }
        if runs { orders.post(order) }
        return runs
    }
}

/// A number that two threads count.
final class SharedCount: Sendable {
    private let value = Atomic<Int>(0)
    /// The sum with `amount`.
    func add(_ amount: Int) -> Int { value.add(amount, ordering: .relaxed).newValue }
}

extension FileOrder.Command {
    /// Bytes that count towards what waits.
    var backlogCount: Int {
        switch self {
        case .write(let bytes), .overwrite(_, let bytes): bytes.count
        default: 0
        }
    }
}
