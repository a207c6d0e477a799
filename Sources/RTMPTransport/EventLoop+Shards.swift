// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// A note from one shard's loop to another's, and the socket that goes with it.
struct LoopPosting<Note: Sendable>: Sendable {
    var note: Note
    var descriptor: Int32?
}

/// A loop among others that run the same program.
extension EventLoop where P: ~Copyable {
    /// Sends what the program has for its other shards, all of a turn together.
    mutating func postToOthers() {
        guard let seat else { return }
        let postings = program.takePostings()
        guard !postings.isEmpty else { return }
        var letters: [[LoopPosting<P.Note>]] = Array(repeating: [], count: seat.group.mailboxes.count)
        for posting in postings where letters.indices.contains(posting.shard) && posting.shard != seat.index {
            var letter = LoopPosting(note: posting.note)
            if let connection = posting.connection {
                guard let index = sockets.connection(connection) else { continue }
                letter.descriptor = sockets.release(index)
            }
            letters[posting.shard].append(letter)
        }
        for (shard, letter) in letters.enumerated() where !letter.isEmpty {
            seat.group.mailboxes[shard].post(.postings(from: seat.index, letter))
        }
    }

    /// Tells the program what another shard has for it.
    mutating func handle(_ postings: [LoopPosting<P.Note>], from shard: Int) {
        for posting in postings {
            guard let descriptor = posting.descriptor else {
                if ending == nil { program.note(posting.note, from: shard, at: now, &wishes) }
                continue
            }
            guard ending == nil else {
                System.close(descriptor)
                continue
            }
            do throws(SystemError) {
                // Watched anew, so it is told if there is something to read already.
                let id = try sockets.add(descriptor, .connection)
                program.adopted(id, with: posting.note, from: shard, at: now, &wishes)
            } catch {
                observer.log(.error, "a connection is lost on its way to another loop: \(error.text)")
            }
            carryOutWishes()
        }
        carryOutWishes()
    }

    /// Gives a connection to the loop whose turn it is.
    /// - Returns: false when that is this one.
    mutating func deal(_ descriptor: Int32, on listener: ListenerID, from peer: SocketEndpoint) -> Bool {
        guard let next = seat?.deal(), next != seat?.index else { return false }
        seat?.group.mailboxes[next].post(.accepted(descriptor, listener, peer))
        return true
    }

    /// Another loop has accepted a connection for this one.
    mutating func take(_ descriptor: Int32, on listener: ListenerID, from peer: SocketEndpoint) {
        guard ending == nil else { return System.close(descriptor) }
        do throws(SystemError) {
            let id = try sockets.add(descriptor, .connection)
            program.accepted(id, on: listener, from: peer, at: now, &wishes)
            carryOutWishes()
        } catch {
            observer.log(.error, "a connection is lost on its way to another loop: \(error.text)")
        }
    }
}
