// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// What other threads tell a loop.
enum LoopMessage<Note: Sendable>: Sendable {
    case resolved(Int, Result<[SocketAddress], NameFailure>)
    case files([FileNews])
    /// A connection that another loop has accepted.
    case accepted(Int32, ListenerID, SocketEndpoint)
    case postings(from: Int, [LoopPosting<Note>])
    case interrupted(Interruption)
    case ran(RunID, RunResult)
    /// A command has its input.
    case fed
}

extension LoopMessage {
    /// Nobody will handle the message.
    func closeDescriptors() {
        switch self {
        case .accepted(let descriptor, _, _): System.close(descriptor)
        case .postings(from: _, let postings):
            for posting in postings { posting.descriptor.map(System.close) }
        case .resolved, .files, .interrupted, .ran, .fed: break
        }
    }
}
