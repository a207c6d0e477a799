// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// How a loop ends: its program wishes to, and what it wrote and sent gets a little time to be taken.
extension EventLoop where P: ~Copyable {
    /// How long a peer may take to close its side, and files to be written at the end.
    static var closingTime: Duration { .seconds(2) }

    /// A signal came, or another loop has ended.
    mutating func interrupt(_ interruption: Interruption) {
        guard ending == nil else { return }
        program.interrupted(interruption, at: now, &wishes)
        carryOutWishes()
    }

    mutating func finish(_ ending: Ending) {
        guard self.ending == nil else { return }
        self.ending = ending
        renewPatience()
        for serial in Array(attempts.keys) { drop(serial) }
        for listener in Array(listeners.keys) { stopListening(ListenerID(listener)) }
        for index in sockets.slots.indices where sockets.slots[index].role == .connection { close(sockets.id(index)) }
        closeAllFiles()
    }

    mutating func renewPatience() { patience = now + Self.closingTime }

    func result(_ ending: Ending) -> Ending {
        guard isWriting, ending.status == .done else { return ending }
        return Ending(
            .inputOutput, "the output was not taken in time at the end; what was written until then is kept")
    }

    var isQuiet: Bool { drains.isEmpty && !isWriting && !runner.isFeeding }
}
