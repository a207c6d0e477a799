// SPDX-License-Identifier: Apache-2.0

import AMF
import RTMPCore

/// A URL, or what connect and publish say, in lines.
func fuzzURLs(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 10, maxSplits: 2, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
    }
    checkArguments(bytes)
    if let url = try? RTMPURL(parts[0]) {
        // Percent-encoding the user can make it too long to be read.
        if url.text.utf8.count <= RTMPURL.maximumLength {
            let again = must("read what was written, \(url.text.debugDescription)") { try RTMPURL(url.text) }
            check(again == url, "\(url.text.debugDescription) became \(again.text.debugDescription)")
        }
        check(!url.app.isEmpty && !url.host.isEmpty && url.port > 0, "\(url)")
        // The description is the same whatever the key is.
        var other = url
        other.name = url.name.isEmpty ? "" : "another"
        check("\(other)" == "\(url)" && "\(other.name)" == "\(url.name)", "\(url)")
        checkStreamName(app: url.app, name: url.name.value)
    }
    if parts.count > 1 {
        _ = try? RTMPURL(parts[0], app: parts[1])
        _ = try? RTMPURL(parts[0], name: parts[1])
        checkStreamName(app: parts[0], name: parts[1])
    }
    if parts.count > 2 { _ = try? RTMPURL(parts[0], app: parts[1], name: parts[2]) }
}

/// Arguments of connect as they are typed, one in each line. What can be read can be sent.
private func checkArguments(_ bytes: [UInt8]) {
    let lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    guard let values = try? ConnectArguments.values(librtmp: lines) else { return }
    check(values.count <= lines.count, "\(values.count) values from \(lines.count) lines")
    roundTrip(values)
}

/// Whatever a peer says, the path that comes of it leads nowhere but down.
func checkStreamName(app: String, name: String) {
    guard let stream = try? StreamName(app: app, name: name) else { return }
    let path = stream.path
    check(!path.isEmpty && path.utf8.count <= StreamName.maximumLength, "\(path.debugDescription)")
    for part in path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
        let bytes = Array(part)
        check(!bytes.isEmpty && bytes != Array(".".utf8) && bytes != Array("..".utf8), path.debugDescription)
        check(!bytes.contains { $0 < 0x20 || $0 == 0x7F }, path.debugDescription)
    }
    check((stream.app.isEmpty ? "" : stream.app + "/") + stream.name == path, path.debugDescription)
    check(stream.isWithin(app: stream.app) && stream.isWithin(app: ""), path.debugDescription)
}
