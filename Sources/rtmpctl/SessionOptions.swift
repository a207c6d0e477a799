// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// What the server is told beside the URL, as rtmpdump's users know it.
extension Arguments {
    /// `defaults` with what the options say.
    func session(
        _ defaults: ClientSession.Configuration, _ surroundings: Surroundings
    ) throws(Failure) -> ClientSession.Configuration {
        var session = defaults
        session.tcURL = self[.tcURL]
        session.pageURL = self[.pageURL]
        session.swfURL = self[.swfURL]
        session.flashVersion = self[.flashVersion] ?? session.flashVersion
        session.subscription = self[.subscribe]
        session.swf = try swf(surroundings)
        do throws(ConnectArgumentError) {
            let auth = all(.auth).last.map { ["B:1", "S:" + $0] } ?? []
            session.connectArguments = try ConnectArguments.values(librtmp: auth + all(.connectArgument))
        } catch {
            throw Failure("--conn: \(error)")
        }
        return session
    }

    /// The Flash program that we claim to be: its hash and size, or the file itself.
    private func swf(_ surroundings: Surroundings) throws(Failure) -> SWFVerification? {
        if let path = self[.swf] {
            guard !has(.swfHash), !has(.swfSize) else {
                throw Failure("--swf gives the hash and the size already; leave --swf-hash and --swf-size out")
            }
            guard !path.contains("://") else {
                throw Failure("--swf wants a file, and here is a URL; download the file first")
            }
            let file = try surroundings.readFile(path, SWFVerification.largestFile).get()
            do throws(SWFFileError) {
                return try SWFVerification(file: file.span)
            } catch {
                throw Failure("\(path) \(error)", status: .badInput)
            }
        }
        switch (self[.swfHash], self[.swfSize]) {
        case (nil, nil):
            return nil
        case (let hash?, let size?):
            guard let bytes = Self.bytes(hex: hash), let size = UInt32(size),
                let swf = SWFVerification(hash: bytes, size: size)
            else { throw Failure("--swf-hash is 64 hexadecimal digits, and --swf-size a number of bytes") }
            return swf
        default:
            throw Failure("--swf-hash and --swf-size belong together; or write --swf FILE")
        }
    }

    private static func bytes(hex text: String) -> [UInt8]? {
        let digits = text.compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

extension Option {
    /// Options of all commands that connect to a server.
    static let ofSessions: [Option] = [
        .tcURL, .pageURL, .swfURL, .swf, .swfHash, .swfSize, .flashVersion, .connectArgument,
    ]

    static let tcURL = Option(
        "tc-url", "tcUrl", letter: "t", value: .required("URL"), help: "Say this tcUrl in connect.")
    static let pageURL = Option(
        "page-url", "pageUrl", letter: "p", value: .required("URL"), help: "Say this pageUrl in connect.")
    static let swfURL = Option(
        "swf-url", "swfUrl", letter: "s", value: .required("URL"), help: "Say this swfUrl in connect.")
    static let swf = Option(
        "swf", "swfVfy", letter: "W", value: .required("FILE"),
        help: "Answer as the Flash program in this file when the server verifies it (SWF verification).")
    static let swfHash = Option(
        "swf-hash", "swfhash", letter: "w", value: .required("HEX"),
        help: "The same by the program's hash, 64 hexadecimal digits, with --swf-size.")
    static let swfSize = Option(
        "swf-size", "swfsize", letter: "x", value: .required("BYTES"),
        help: "The size of the decompressed program, with --swf-hash.")
    static let flashVersion = Option(
        "flash-version", "flashVer", letter: "f", value: .required("TEXT"), help: "Say this flashVer in connect.")
    static let connectArgument = Option(
        "conn", letter: "C", value: .required("TYPE:VALUE"),
        help: "Say this value behind connect: B:0 or B:1, N:number, S:text, Z:, O:1 ... O:0. Repeatable.")
}
