// SPDX-License-Identifier: Apache-2.0

public import RTMPCore

/// What ``PublishProgram`` sends, to whom, and how fast.
public struct PublishConfiguration: Sendable {
    /// How fast media is sent.
    public enum Rate: Sendable, Hashable {
        /// By its timestamps, so many times as fast as real time. Values that are not above zero count as 1.
        case paced(Double)
        /// As fast as the slowest destination takes it.
        case max
    }

    /// The FLV file to send; `-` is standard input.
    public var input: String
    /// Where to; each destination is served for itself. Their names must not be empty.
    public var urls: [RTMPURL]
    /// How fast.
    public var rate = Rate.paced(1)
    /// How often the input is sent, with timestamps that go on; nil is for ever. A pipe can be sent once only.
    public var loops: Int? = 1
    /// Begins with the first keyframe this far into the input, or later.
    public var start = Duration.zero
    /// Ends after this much media; nil is no limit.
    public var duration: Duration?
    /// What the destinations are asked to do with the stream.
    public var kind = PublishCommand.Kind.live
    /// Whether to wait for destinations that cannot be reached yet.
    public var wait = false
    /// How long a destination may take to be reached, and then for each answer.
    public var timeout = Duration.seconds(10)
    /// What is said to the peer beside URL and name.
    public var session = ClientSession.Configuration(purpose: .publish)
    /// Where the program's random numbers begin.
    public var seed: UInt64 = 0

    /// Sends `input` to `urls`.
    public init(input: String, urls: [RTMPURL]) {
        self.input = input
        self.urls = urls
    }
}
