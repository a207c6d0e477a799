// SPDX-License-Identifier: Apache-2.0

import RTMPCore

/// URLs with their keys. No message here repeats what was typed: it may be secret.
extension Arguments {
    /// The URL of one stream. Its name is in the URL, or given beside it.
    func streamURL(_ text: String, _ surroundings: Surroundings) throws(Failure) -> RTMPURL {
        var url = try url(text)
        let key = try key(surroundings)
        if url.name.isEmpty {
            guard let key else {
                throw Failure("\(url) names no stream; write \(url)/NAME, or give the name with --key-file")
            }
            url.name = StreamKey(key)
        } else if has(.keyFile) {
            throw Failure("\(url) names a stream, and so does --key-file; leave one of them out")
        }
        return url
    }

    /// A URL that may name an application only.
    func url(_ text: String) throws(Failure) -> RTMPURL {
        do throws(RTMPURLError) {
            return try RTMPURL(text, app: self[.app], name: self[.name])
        } catch {
            throw Failure("\(error)")
        }
    }

    /// The stream's name from outside of the URL.
    func key(_ surroundings: Surroundings) throws(Failure) -> String? {
        guard let path = self[.keyFile] else {
            return surroundings.variable("RTMPCTL_STREAM_KEY").flatMap { $0.isEmpty ? nil : $0 }
        }
        let text = String(decoding: try surroundings.readFile(path, 16_384).get(), as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).first ?? ""
        let key = line.drop(while: \.isWhitespace).prefix { !$0.isWhitespace }
        guard !key.isEmpty else {
            throw Failure("\(path) has no key in its first line; write the stream's name there", status: .badInput)
        }
        return String(key)
    }
}
