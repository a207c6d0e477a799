// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// Going where a peer sends us: a reconnect request while the stream flows, or a refusal with another place.
///
/// Both end the present connection without ending the stream, so that a server which holds streams through losses holds
/// this one too, and the next connection is made without a wait. A peer is not followed from TLS to none, nor any more
/// after five in a row: a request is then ignored, and a refusal is a refusal.
extension Outgoing {
    /// How many peers in a row may send us on.
    package static let longestChain = 5

    /// Leaves for where the peer sends us, at once, if that may be followed.
    mutating func move(to target: String?, at now: Instant, _ wishes: inout Wishes) -> Outcome? {
        guard obeysRedirects, case .open(let connection, let phase, let since) = state else { return nil }
        if case .up = phase {
            backoff.served(for: now - since)
            if now - since >= Backoff.goodService { redirects = 0 }
        }
        guard redirects < Self.longestChain else {
            wishes.log(.warning, "\(url) sends us on, not followed: \(redirects) in a row are enough")
            return nil
        }
        do throws(RTMPURLError) {
            if let target { url = try url.redirected(to: target) }
        } catch {
            wishes.log(.warning, "\(url) sends us on, not followed: \(error)")
            return nil
        }
        redirects += 1
        hasServedHere = false
        wishes.append(.close(connection))
        session = nil
        state = .waiting(until: now)
        return .moved
    }

    /// What the owner said for its own URL is true elsewhere as far as it is no secret.
    var configurationHere: ClientSession.Configuration {
        var here = configuration
        if url != home { here.tcURL = nil }
        if url.host.lowercased() != home.host.lowercased() { here.connectArguments = [] }
        return here
    }
}
