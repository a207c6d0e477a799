// SPDX-License-Identifier: Apache-2.0

internal import FLV
public import RTMPCore

/// Says what an FLV file or pipe is: `rtmpctl probe FILE`.
///
/// It ends with done; with incomplete when the file is broken somewhere behind its first tag; with bad input when it is
/// no FLV at all or cannot be opened.
public struct InspectProgram: Program, ~Copyable {
    private static let input = FileID(0)
    /// Read at a time.
    private static let readSize = 256 << 10

    private let path: String
    private let form: ReportForm
    private var inspection = FileInspection()
    private var report = ReportSink(FileID(1))

    /// A program that will look at the file at `path`, or at standard input when that is `-`.
    public init(path: String, form: ReportForm) {
        self.path = path
        self.form = form
    }

    /// Opens the file.
    public mutating func start(at now: Instant, _ wishes: inout Wishes) {
        wishes.append(.open(Self.input, .read(path: path)))
    }

    /// Nothing listens here.
    public mutating func listening(_ listener: ListenerID, at address: SocketEndpoint, _ wishes: inout Wishes) {}

    /// Nothing listens here.
    public mutating func listenFailed(_ listener: ListenerID, reason: String, _ wishes: inout Wishes) {}

    /// Nobody connects here.
    public mutating func accepted(
        _ connection: ConnectionID, on listener: ListenerID, from peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        wishes.append(.abort(connection))
    }

    /// Nobody is connected to.
    public mutating func connected(
        _ connection: ConnectionID, for attempt: ConnectAttempt, to peer: SocketEndpoint, at now: Instant,
        _ wishes: inout Wishes
    ) {
        wishes.append(.abort(connection))
    }

    /// Nobody is connected to.
    public mutating func connectFailed(
        _ attempt: ConnectAttempt, reason: String, at now: Instant, _ wishes: inout Wishes
    ) {}

    /// There are no peers.
    public mutating func received(
        _ connection: ConnectionID, _ bytes: Span<UInt8>, at now: Instant, _ wishes: inout Wishes
    ) {}

    /// There are no peers.
    public mutating func writable(_ connection: ConnectionID) {}

    /// There are no peers.
    public mutating func closed(
        _ connection: ConnectionID, _ reason: CloseReason, at now: Instant, _ wishes: inout Wishes
    ) {}

    /// The next piece of the file is there, or the report is written.
    public mutating func file(_ file: FileID, _ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        guard file == Self.input else {
            report.happened(fact, &wishes)
            return
        }
        switch fact {
        case .opened:
            wishes.append(.read(file, upTo: Self.readSize))
        case .read(let bytes):
            inspection.receive(bytes.span)
            wishes.append(.read(file, upTo: Self.readSize))
        case .end:
            wishes.append(.closeFile(file))
            inspection.receiveEnd()
            tell(&wishes)
        case .failed(let failure):
            wishes.append(
                .finish(Ending(failure.kind == .inputOutput ? .inputOutput : .badInput, failure.reason)))
        default:
            break
        }
    }

    /// Ends without a report.
    public mutating func interrupted(_ interruption: Interruption, at now: Instant, _ wishes: inout Wishes) {
        switch interruption {
        case .interrupt: wishes.append(.finish(Ending(.interrupted)))
        case .terminate: wishes.append(.finish(Ending(.terminated)))
        case .outputClosed: wishes.append(.finish(Ending(.done)))
        }
    }

    /// Nothing to do by the clock.
    public mutating func serve<L: Link & ~Copyable>(
        _ link: inout L, at now: Instant, _ wishes: inout Wishes
    ) -> Instant {
        .never
    }

    private mutating func tell(_ wishes: inout Wishes) {
        let name = path == "-" ? "standard input" : path
        let ending = ending(name)
        let text: String
        switch form {
        case .text:
            text = ([name] + inspection.lines).joined(separator: "\n") + "\n"
        case .json:
            let entries: [Fact.Entry] = [
                .init("command", .text("probe")), .init("status", .count(Int64(ending.status.rawValue))),
                .init("message", .optional(ending.message)), .init("input", .text(name)),
                .init("container", inspection.facts),
            ]
            text = Fact.table(entries + inspection.stream.facts).json + "\n"
        }
        report.write(text, then: ending, &wishes)
    }

    private func ending(_ name: String) -> Ending {
        guard let error = inspection.error else {
            return inspection.tags.isEmpty ? Ending(.badInput, "\(name) holds no tags") : Ending(.done)
        }
        guard inspection.header != nil else { return Ending(.badInput, "\(name) is no FLV file: \(error)") }
        let advice = path == "-" ? "" : "; rtmpctl repair can save the rest"
        return Ending(.incomplete, "\(name) is broken: \(error)\(advice)")
    }
}
