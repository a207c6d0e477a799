// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import RTMPTransport

@Suite struct MailboxTests {
    @Test func `messages of several threads all arrive, each thread's in order`() throws {
        let mailbox = try Mailbox<(thread: Int, number: Int)>()
        for thread in 0..<4 {
            #expect(startThread { for number in 0..<5_000 { mailbox.post((thread, number)) } })
        }
        var next = [0, 0, 0, 0]
        let waiter = try EventLoopOptions().makePoller()
        try waiter.add(mailbox.descriptor, tag: 1, for: .read, isOneWay: true)
        var events: [PollEvent] = []
        while next != [5_000, 5_000, 5_000, 5_000] {
            events = []
            try waiter.collect(.everything, nanoseconds: 10_000_000_000, into: &events)
            #expect(events.count == 1, "a message without a wake-up would be lost")
            guard events.count == 1 else { return }
            for message in mailbox.take() {
                #expect(next[message.thread] == message.number)
                next[message.thread] += 1
            }
            waiter.rearm(mailbox.descriptor, for: .read)
        }
    }
}
