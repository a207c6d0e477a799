// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// The one live line on a terminal: time, size, bit rate, frames per second, lag, and what is going on.
struct ProgressLine {
    private var previous: (progress: Progress, time: Instant)
    private var rates = (kilobits: 0.0, frames: 0.0)

    /// A line for what begins at `start`.
    init(from start: Instant) { previous = (Progress(), start) }

    /// The line for `progress`. Rates are those since the last line that is at least half a second old.
    mutating func text(_ progress: Progress, at now: Instant) -> String {
        let seconds = Double((now - previous.time).wholeMilliseconds) / 1000
        if seconds >= 0.5 {
            rates.kilobits = Double(progress.bytes - previous.progress.bytes) * 8 / 1000 / seconds
            rates.frames = Double(progress.videoFrames - previous.progress.videoFrames) / seconds
            previous = (progress, now)
        }
        var parts = [
            Figures.clock(progress.mediaMilliseconds), Figures.size(progress.bytes),
            "\(Int64(rates.kilobits.rounded())) kbit/s", "\(Figures.tenths(rates.frames)) fps",
        ]
        if progress.lagMilliseconds > 0 {
            parts.append("lag \(Figures.tenths(Double(progress.lagMilliseconds) / 1000)) s")
        }
        if progress.skipped > 0 { parts.append("\(progress.skipped) skipped") }
        parts.append(progress.state)
        return parts.joined(separator: "  ")
    }
}
