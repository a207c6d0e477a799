// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay
import RTMPTransport
import Synchronization

/// What a running program says to people, on standard error: log lines, and on a terminal a progress line below them.
final class Console: Sendable {
    private struct State {
        var line: ProgressLine
        /// What stands on the terminal now.
        var shown = ""
        var last = Progress()
    }

    private let surroundings: Surroundings
    private let threshold: LogLevel
    private let showsProgress: Bool
    private let isColored: Bool
    private let state: Mutex<State>

    /// A console for messages at least as loud as `threshold`. Without a terminal there is neither progress nor color.
    init(_ surroundings: Surroundings, threshold: LogLevel, showsProgress: Bool) {
        self.surroundings = surroundings
        state = Mutex(State(line: ProgressLine(from: surroundings.now())))
        self.threshold = threshold
        let isTerminal = surroundings.isTerminal(.error) && surroundings.variable("TERM") != "dumb"
        self.showsProgress = showsProgress && isTerminal
        isColored = isTerminal && (surroundings.variable("NO_COLOR") ?? "").isEmpty
    }

    /// Writes `2026-11-21T10:15:30.250Z info LINE`.
    func log(_ level: LogLevel, _ line: String) {
        guard level >= threshold else { return }
        let milliseconds = surroundings.now().milliseconds + surroundings.wallClock
        let time = UTCTime(milliseconds: milliseconds).text
        state.withLock { state in
            let text = "\(time) \(Self.word(level, isColored: isColored)) \(Self.printable(line))\n"
            surroundings.writeError((state.shown.isEmpty ? "" : Self.clearLine) + text + state.shown)
        }
    }

    /// Shows how things go.
    func report(_ progress: Progress) {
        state.withLock { state in
            state.last = progress
            guard showsProgress else { return }
            let text = state.line.text(progress, at: surroundings.now())
            // A line that wraps cannot be cleared.
            state.shown = String(text.prefix(max(surroundings.columns() - 1, 0)))
            surroundings.writeError(Self.clearLine + state.shown)
        }
    }

    /// Takes the progress line away.
    ///
    /// - Returns: what was reported last.
    func finish() -> Progress {
        state.withLock { state in
            if !state.shown.isEmpty { surroundings.writeError(Self.clearLine) }
            state.shown = ""
            return state.last
        }
    }

    private static let clearLine = "\r\u{1B}[K"

    private static func word(_ level: LogLevel, isColored: Bool) -> String {
        let (word, color) =
            switch level {
            case .debug: ("debug", "2")
            case .info: ("info", "")
            case .warning: ("warning", "33")
            case .error: ("error", "31")
            }
        return isColored && !color.isEmpty ? "\u{1B}[\(color)m\(word)\u{1B}[0m" : word
    }

    /// Peers choose names and reasons: nothing in them may move a terminal's cursor or begin a line of its own.
    private static func printable(_ line: String) -> String {
        guard line.unicodeScalars.contains(where: isControl) else { return line }
        var result = String.UnicodeScalarView()
        for scalar in line.unicodeScalars { result.append(isControl(scalar) ? "?" : scalar) }
        return String(result)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }
}
