// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// What rtmpdump's users type and that is called otherwise here, does nothing, or is no more.
extension Option {
    static let place = Option(
        "start", letter: "A", value: .required("TIME"),
        help: "Begin there in a recorded stream, if the server can seek.")
    static let stop = Option(
        "stop", letter: "B", value: .required("TIME"),
        help: "End at this time of a recorded stream; without --start the same as --duration.")
    static let resume = Option(
        "resume", letter: "e",
        help: "Continue FILE where it ends, without a missing or repeated frame, if the server can seek in the stream.")
    static let skip = Option(
        "skip", letter: "k", value: .required("N"), help: "With --resume, look for the end of FILE N keyframes earlier."
    )
    static let buffer = Option(
        "buffer", letter: "b", value: .required("MS"),
        help:
            "Say that we buffer so many milliseconds. Servers send recorded streams so far ahead; the default of "
            + "dump is ten hours.")
    static let subscribe = Option(
        "subscribe", letter: "d", value: .required("NAME"),
        help: "Subscribe to this name (FCSubscribe), as some networks want. With --live the default is the stream's.")
    static let host = Option("host", letter: "n", value: .required("HOST"), help: "Connect to this host instead.")
    static let port = Option("port", letter: "c", value: .required("PORT"), help: "Connect to this port instead.")
    static let auth = Option(
        "auth", letter: "u", value: .required("TEXT"), help: "The same as --conn B:1 --conn S:TEXT.")
    static let transport = Option(
        "protocol", letter: "l", value: .required("0"),
        help: "For rtmpdump's command lines; only 0, plain RTMP, is spoken.")
    static let realtime = Option(
        "realtime", letter: "R", help: "For rtmpdump's command lines; no server is ever hurried by pausing.")
    static let debug = Option("debug", letter: "z", help: "The same as --verbose.")
    static let hashes = Option("hashes", letter: "#", help: "For rtmpdump's command lines; progress is one line.")

    static let refused: [Option] = [
        Option(
            "url", letter: "i", value: .required("URL"), help: "",
            refusal: "is librtmp's URL with options in it; write -r URL and the options by their names"),
        Option(
            "socks", letter: "S", value: .required("HOST:PORT"), help: "",
            refusal: "is not there; run it under proxychains or tsocks"),
        Option(
            "playlist", letter: "Y", help: "",
            refusal: "asked Wowza's first versions for a list of streams, and servers play the name without it"),
        Option(
            "token", letter: "T", value: .required("KEY"), help: "",
            refusal:
                "answered Wowza's first SecureToken, which the second one replaced: a hash in the URL's query"),
        Option(
            "jtv", letter: "j", value: .required("JSON"), help: "", refusal: "was for Justin.tv, which is no more"),
        Option(
            "swfAge", letter: "X", value: .required("DAYS"), help: "",
            refusal: "is about SWF files that are downloaded and kept; --swf takes a file of yours"),
    ]

    /// What asks for a place in a recorded stream.
    static let ofPlaces: [Option] = [.place, .stop, .buffer]
    /// Other ways to say whom to connect to and what to say there.
    static let ofRtmpdump: [Option] =
        [.subscribe, .auth, .host, .port, .transport, .realtime, .debug, .hashes] + refused
}

extension Arguments {
    /// Where in a recorded stream to begin.
    func startOfPlay() throws(Failure) -> Duration? {
        guard let start = try duration(.place) else { return nil }
        guard !has(.live) else { throw Failure("--live and --start exclude each other: a live stream is where it is") }
        return start
    }

    /// How much media is wished, from the beginning that is wished.
    func lengthOfPlay(from start: Duration?) throws(Failure) -> Duration? {
        guard let stop = try duration(.stop) else { return try duration(.duration) }
        guard !has(.duration) else { throw Failure("--duration and --stop say the same; leave one of them out") }
        let start = start ?? .zero
        guard stop > start else { throw Failure("--stop is not behind --start, so nothing would be left to record") }
        return stop - start
    }

    /// How many keyframes earlier than needed a file is compared.
    func skippedKeyframes() throws(Failure) -> Int {
        guard let text = self[.skip] else { return 0 }
        guard has(.resume) else { throw Failure("--skip is for --resume, which is not given") }
        guard let count = Int(text), count >= 0 else {
            throw Failure("--skip \(text) is not a number; write 0 or more")
        }
        return count
    }

    /// The buffer that a player says it has, in milliseconds.
    func bufferOfPlay(_ standard: UInt32) throws(Failure) -> UInt32 {
        guard let text = self[.buffer] else { return standard }
        guard let milliseconds = UInt32(text) else {
            throw Failure("--buffer \(text) is no number of milliseconds; write 3000")
        }
        return milliseconds
    }

    /// The URL with another host or port.
    func redirected(_ url: RTMPURL) throws(Failure) -> RTMPURL {
        var url = url
        if let host = self[.host] {
            guard !host.isEmpty, !host.contains("/") else { throw Failure("--host \(host) is no name of a host") }
            url.host = host
        }
        if let text = self[.port] {
            guard let port = UInt16(text), port > 0 else { throw Failure("--port \(text) is no port; write 1935") }
            url.port = port
        }
        guard let number = self[.transport] else { return url }
        switch number {
        case "0", "rtmp": return url
        case "2", "3", "rtmpe", "rtmpte":
            throw Failure(
                "--protocol \(number) is RTMPE, whose encryption hides nothing; only 0, plain RTMP, is spoken")
        default: throw Failure("--protocol \(number) is not spoken; only 0, plain RTMP, is")
        }
    }
}
