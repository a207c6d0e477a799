// SPDX-License-Identifier: Apache-2.0

/// An option that commands understand. The parser and the help read the same value, so that they cannot disagree.
struct Option: Sendable {
    /// Whether something stands behind the option.
    enum Value: Sendable {
        /// Nothing: the option is a switch.
        case none
        /// A value, called so in the help.
        case required(String)
        /// A number, or nothing.
        case number(String)
    }

    /// Long names without dashes. The first is ours; the others are what rtmpdump calls it.
    let names: [String]
    /// The letter behind a single dash.
    let letter: Character?
    let value: Value
    /// What the help says.
    let help: String
    /// Why it is known and not taken, to stand behind its name; it is not in the help.
    let refusal: String?

    init(
        _ names: String..., letter: Character? = nil, value: Value = .none, help: String, refusal: String? = nil
    ) {
        self.names = names
        self.letter = letter
        self.value = value
        self.help = help
        self.refusal = refusal
    }

    /// The option in messages: `--duration`.
    var name: String { "--" + (names.first ?? "") }
}

/// Options that more than one command has.
extension Option {
    static let help = Option("help", letter: "h", help: "Show this help.")
    static let quiet = Option("quiet", letter: "q", help: "Show no progress, and no messages but warnings and errors.")
    static let verbose = Option("verbose", letter: "V", help: "Show details for finding faults.")
    static let app = Option(
        "app", letter: "a", value: .required("APP"), help: "Take this for the application in the URL.")
    static let name = Option(
        "name", "playpath", letter: "y", value: .required("NAME"), help: "Take this for the stream's name in the URL.")
    static let keyFile = Option(
        "key-file", value: .required("FILE"),
        help: "Read the stream's name, which may be secret, from the first line of a file. "
            + "RTMPCTL_STREAM_KEY in the environment may hold it too. For URLs without a name.")
    static let wait = Option("wait", help: "Wait for a peer that is not there yet, and for a stream not yet published.")
    static let timeout = Option(
        "timeout", letter: "m", value: .required("TIME"),
        help: "Give up when the peer takes longer to answer, or to send media. Default 10 s.")
    static let duration = Option("duration", value: .required("TIME"), help: "End after this much media.")
    static let json = Option("json", help: "Write a summary to standard output at the end, as JSON.")
}
