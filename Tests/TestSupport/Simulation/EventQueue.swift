// SPDX-License-Identifier: Apache-2.0

/// What waits for its instant in a simulated network, in the order of time and, at one instant, of arrival.
///
/// A binary heap of plain numbers: it is popped some thousand times for every simulated second.
struct EventQueue {
    enum Event {
        /// Bytes or the end of what this side sent reach the other side.
        case deliver(connection: Int, side: Int)
        /// There is room again for what this side sends.
        case writable(connection: Int, side: Int)
        /// A program wished to be served at the latest now.
        case timer(host: Int)
        /// Anything rare.
        case action(Int)
    }

    private struct Entry {
        var time: Int64
        var sequence: UInt64
        var event: Event

        static func < (left: Entry, right: Entry) -> Bool {
            left.time != right.time ? left.time < right.time : left.sequence < right.sequence
        }
    }

    private var heap: [Entry] = []
    private var sequence: UInt64 = 0

    /// When the next event is due, in nanoseconds.
    var nextTime: Int64? { heap.first?.time }

    mutating func push(_ event: Event, at time: Int64) {
        sequence += 1
        heap.append(Entry(time: time, sequence: sequence, event: event))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child] < heap[parent] else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the next event out if it is due at `time` or before.
    mutating func pop(dueAt time: Int64) -> Event? {
        guard let first = heap.first, first.time <= time else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first.event }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in (2 * parent + 1)...(2 * parent + 2) where child < heap.count && heap[child] < heap[smallest] {
                smallest = child
            }
            guard smallest != parent else { return first.event }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
