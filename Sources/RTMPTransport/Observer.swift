// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// Who hears what a program says to people. Called on the loop's thread, so it must not take long.
public struct Observer: Sendable {
    /// A line for the log, without time and newline.
    public var log: @Sendable (LogLevel, String) -> Void
    /// How things go.
    public var report: @Sendable (Progress) -> Void

    /// An observer; what is left out is not heard.
    public init(
        log: @escaping @Sendable (LogLevel, String) -> Void = { _, _ in },
        report: @escaping @Sendable (Progress) -> Void = { _ in }
    ) {
        self.log = log
        self.report = report
    }
}
