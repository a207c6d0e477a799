// SPDX-License-Identifier: Apache-2.0

internal import RTMPCore

/// Writes what a program found out to standard output, and then ends the program.
struct ReportSink: Sendable {
    private enum State {
        case idle
        case opening([UInt8])
        case closing
        case done
    }

    let file: FileID
    private var state = State.idle
    private var ending = Ending(.done)

    init(_ file: FileID) { self.file = file }

    /// Whether the report is on its way.
    var hasBegun: Bool {
        if case .idle = state { false } else { true }
    }

    /// Writes `text`, and ends the program with `ending` when that is done.
    mutating func write(_ text: String, then ending: Ending, _ wishes: inout Wishes) {
        guard !hasBegun else { return }
        self.ending = ending
        state = .opening(Array(text.utf8))
        wishes.append(.open(file, .create(path: "-", replacing: true, makingDirectories: false)))
    }

    /// Takes in what happened to standard output.
    mutating func happened(_ fact: FileFact, _ wishes: inout Wishes) {
        switch (fact, state) {
        case (.opened, .opening(let bytes)):
            wishes.append(.write(file, bytes))
            wishes.append(.closeFile(file))
            state = .closing
        case (.closed, .closing):
            state = .done
            wishes.append(.finish(ending))
        case (.failed(let failure), .opening), (.failed(let failure), .closing):
            state = .done
            let isGone = failure.kind == .brokenPipe
            wishes.append(.finish(isGone ? ending : Ending(.inputOutput, failure.reason)))
        default:
            break
        }
    }
}

/// In what form a program says what it found out.
public enum ReportForm: Sendable, Hashable {
    /// Lines for people.
    case text
    /// One line of JSON.
    case json
}
