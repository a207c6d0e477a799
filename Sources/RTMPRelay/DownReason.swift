// SPDX-License-Identifier: Apache-2.0

package import RTMPCore

/// Why an ``Outgoing`` connection is not there, told apart as far as exit statuses are.
package enum DownReason: Sendable, Hashable {
    /// Nobody answered at the address; a sentence of the transport.
    case unreachable(String)
    /// The peer kept silent in this phase for longer than it may.
    case noAnswer(Outgoing.Phase)
    /// The peer closed, or the connection broke, in this phase, before the stream flowed.
    case closedDuring(Outgoing.Phase)
    /// The peer said no.
    case refused(Status)
    /// The peer does not speak the protocol.
    case protocolError(RTMPError)
    /// The connection was closed or broke while the stream flowed; a sentence.
    case lost(String)

    /// How a client ends that does not try again.
    package var exitStatus: ExitStatus {
        switch self {
        case .unreachable, .noAnswer: .unavailable
        // A peer that hangs up on a handshake speaks something else; one that hangs up on a request declines it
        // (nginx-rtmp answers a connect to an unknown application so).
        case .closedDuring(.handshake): .protocolError
        case .closedDuring, .refused: .refused
        case .protocolError: .protocolError
        case .lost: .incomplete
        }
    }

    /// Whether a patient player should try again: the peer may come up, or somebody may publish the stream.
    ///
    /// - Parameter hasServed: whether the stream flowed before. A peer that knew us then may refuse us only because
    ///   its own side is not complete again.
    package func isWorthAnotherAttempt(hasServed: Bool) -> Bool {
        switch self {
        case .unreachable, .noAnswer, .lost, .closedDuring(.handshake): true
        case .closedDuring: hasServed
        case .refused(let status): hasServed || status.code == .playStreamNotFound
        case .protocolError: false
        }
    }

    /// One line for a person: what did not work, where, and what to look at. Shows no secret.
    package func sentence(_ purpose: Outgoing.Purpose, _ url: RTMPURL) -> String {
        let what = "cannot \(purpose == .publish ? "publish to" : "play") \(url)"
        switch self {
        case .unreachable(let reason):
            return "\(what): \(reason); check host and port, and whether the server runs"
        case .noAnswer(let phase):
            return "\(what): no answer to the \(phase.request); \(phase.advice)"
        case .closedDuring(let phase):
            return "\(what): the peer closed the connection instead of answering the \(phase.request); \(phase.advice)"
        case .refused(let status):
            return "\(what): refused with \(Self.printable(status.description)); \(Self.advice(for: status.code))"
        case .protocolError(let error):
            return "\(what): the peer does not speak RTMP as it should: \(error); check host, port and scheme"
        case .lost(let reason):
            return "lost the connection \(purpose == .publish ? "to" : "from") \(url): \(reason)"
        }
    }

    private static func advice(for code: StatusCode) -> String {
        switch code {
        case .publishBadName: "somebody may be publishing under this name already"
        case .playStreamNotFound: "check the name, or wait for the stream with --wait"
        case .connectInvalidApp: "check the app in the URL"
        default: "check the app, the name and the credentials in the URL"
        }
    }

    /// A peer's words on one line: control characters could play tricks with a terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(200).map { scalar in
                    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? " " : scalar
                }))
    }
}

extension Outgoing.Phase {
    /// What the peer was asked last.
    fileprivate var request: String {
        switch self {
        case .handshake: "handshake"
        case .connect: "connect command"
        case .request, .up, .finishing: "request for the stream"
        }
    }

    fileprivate var advice: String {
        switch self {
        case .handshake: "check host, port and scheme"
        case .connect: "check the app in the URL"
        case .request, .up, .finishing: "check the name in the URL"
        }
    }
}
