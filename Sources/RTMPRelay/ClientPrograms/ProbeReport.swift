// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// What was found out about a server and the way to its stream, step by step.
struct ProbeReport: Sendable {
    /// What must work one after the other until there is a picture.
    enum Step: String, Sendable, CaseIterable {
        /// The name is resolved and somebody takes the connection.
        case reach
        /// Hands are shaken.
        case handshake
        /// The connect command is accepted.
        case connect
        /// The stream is created, and play is accepted.
        case play
        /// Sound or pictures come.
        case media
        /// A picture with which decoding can start comes.
        case keyframe
    }

    private let start: Instant
    private var times: [(step: Step, at: Instant)] = []
    private var firstByte: Instant?
    var endpoint: SocketEndpoint?
    var peer: ClientSession.Peer?
    var server: ConnectResult?
    /// How often the server sent us on.
    var redirects = 0
    /// Bytes that came, of the protocol too.
    var bytes: Int64 = 0

    init(from start: Instant) { self.start = start }

    /// Takes note that a step, and all before it, worked.
    mutating func reached(_ step: Step, at now: Instant) {
        for earlier in Step.allCases.prefix(while: { $0 != step }) + [step] where time(of: earlier) == nil {
            times.append((earlier, now))
        }
    }

    mutating func received(_ count: Int, at now: Instant) {
        firstByte = firstByte ?? now
        bytes &+= Int64(count)
    }

    /// The step that did not work.
    var failed: Step? { Step.allCases.first { time(of: $0) == nil } }

    private func time(of step: Step) -> Instant? { times.first { $0.step == step }?.at }

    private func milliseconds(_ instant: Instant?) -> Int64? { instant.map { ($0 - start).wholeMilliseconds } }

    /// For programs.
    func facts(_ url: RTMPURL, _ ending: Ending, isUsable: Bool) -> [Fact.Entry] {
        let steps = Step.allCases.map { step in
            Fact.table([
                .init("step", .text(step.rawValue)), .init("seconds", .seconds(milliseconds(time(of: step)))),
            ])
        }
        let codes = server?.capabilities.fourCCs ?? []
        return [
            .init("command", .text("probe")), .init("status", .count(Int64(ending.status.rawValue))),
            .init("message", .optional(ending.message)), .init("input", .text("\(url)")),
            .init("address", .optional(endpoint.map { "\($0)" })), .init("steps", .list(steps)),
            .init("failedStep", isUsable ? .unknown : .optional(failed?.rawValue)),
            .init("firstByteSeconds", .seconds(milliseconds(firstByte))),
            .init("firstMediaSeconds", .seconds(milliseconds(time(of: .media)))),
            .init("firstKeyframeSeconds", .seconds(milliseconds(time(of: .keyframe)))),
            .init("handshake", .optional(peer?.handshake?.words)),
            .init("chunkSize", .optional(peer.map { Int64($0.chunkSize) })),
            .init("acknowledgementWindow", .optional(peer?.acknowledgementWindow.map { Int64($0) })),
            .init("server", .optional(server.map(\.serverVersion))),
            .init("serverFourCCs", .list(codes.map { .text($0) })), .init("redirects", .count(Int64(redirects))),
            .init("receivedBytes", .count(bytes)),
        ]
    }

    /// For people.
    func lines(isUsable: Bool) -> [String] {
        var lines: [String] = []
        for step in Step.allCases {
            guard let time = milliseconds(time(of: step)) else {
                if step == .keyframe, isUsable {
                    lines.append(row(step.rawValue, "none came"))
                } else {
                    lines.append(row(step.rawValue, "failed"))
                }
                break
            }
            lines.append(row(step.rawValue, "after \(time) ms\(details(of: step))"))
        }
        return lines
    }

    private func details(of step: Step) -> String {
        switch step {
        case .reach: endpoint.map { ": \($0)" } ?? ""
        case .handshake: peer?.handshake.map { ", \($0.words)" } ?? ""
        case .connect:
            (server.map { $0.serverVersion.isEmpty ? "" : ", by \(Fact.text($0.serverVersion).json)" } ?? "")
                + (peer.map { ", chunks of \($0.chunkSize) bytes" } ?? "")
        case .play, .media, .keyframe: ""
        }
    }

    private func row(_ head: String, _ words: String) -> String {
        "  " + head + String(repeating: " ", count: max(1, 10 - head.utf8.count)) + words
    }
}

extension Handshake.Scheme {
    fileprivate var words: String {
        switch self {
        case .plain: "plain"
        case .digest: "digest"
        }
    }
}
