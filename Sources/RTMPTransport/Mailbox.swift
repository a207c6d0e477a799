// SPDX-License-Identifier: Apache-2.0

/// Messages from other threads to one that waits for descriptors.
///
/// Posting wakes the reader only when the box was empty, so a burst costs one wake-up.
final class Mailbox<Message: Sendable>: Sendable {
    /// Ready for reading while there may be something in the box.
    let descriptor: Int32
    private let wakeDescriptor: Int32
    private let messages = Locked<[Message]>([])

    init() throws(SystemError) {
        (descriptor, wakeDescriptor) = try System.makeWakeup()
    }

    deinit {
        System.close(descriptor)
        if wakeDescriptor != descriptor { System.close(wakeDescriptor) }
    }

    func post(_ message: Message) {
        let wasEmpty = messages.withLock { list in
            list.append(message)
            return list.count == 1
        }
        if wasEmpty { System.signalWakeup(wakeDescriptor) }
    }

    /// Everything that was posted, in order.
    func take() -> [Message] {
        // First the descriptor, then the list: a message posted in between is taken too, and one posted behind finds
        // an empty list and wakes again.
        System.clearWakeup(descriptor)
        return messages.withLock { list in
            var taken: [Message] = []
            swap(&taken, &list)
            return taken
        }
    }
}
