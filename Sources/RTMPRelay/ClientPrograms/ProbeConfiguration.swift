// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// What ``ProbeProgram`` looks at, and for how long.
public struct ProbeConfiguration: Sendable {
    /// The stream to look at. Its name must not be empty.
    public var url: RTMPURL
    /// In what form the report is written.
    public var form = ReportForm.text
    /// How long to look, from the first media on.
    public var duration = Duration.seconds(5)
    /// How long the peer may take for each step until media comes.
    public var timeout = Duration.seconds(10)
    /// What is said to the peer beside URL and name.
    public var session = ClientSession.Configuration(purpose: .play)
    /// Where the program's random numbers begin.
    public var seed: UInt64 = 0

    /// Looks at `url`.
    public init(url: RTMPURL) { self.url = url }
}
