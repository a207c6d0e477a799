// SPDX-License-Identifier: Apache-2.0

extension RTMPURL {
    /// Where a server means that sends its client on: the same stream below another tcUrl (E-RTMP v2, Reconnect Request;
    /// also ``Status/redirect``).
    ///
    /// The name stays, because servers speak of the app only; one that repeats the name behind the app is understood
    /// too. User and password go along to the same host only. The name goes along everywhere: without it nothing could
    /// be published or played there.
    ///
    /// - Parameter target: A whole URL, or one relative to this one's ``tcURL``: `//host/app`, `/app` or `app`.
    /// - Throws: what is wrong with the target, such as ``RTMPURLError/insecureRedirect``: who asked for TLS does not
    ///   go on without.
    public func redirected(to target: String) throws(RTMPURLError) -> RTMPURL {
        var url = try RTMPURL(absolute(target), name: name.value)
        guard url.isSecure || !isSecure else { throw .insecureRedirect }
        if url.user == nil, url.password == nil, url.host.lowercased() == host.lowercased() {
            url.user = user
            url.password = password
        }
        return url
    }

    /// The reference as a whole URL (RFC 3986 §5.2.2, as far as tcUrls need it).
    private func absolute(_ target: String) -> String {
        if target.hasPrefix("//") { return "\(scheme.rawValue):\(target)" }
        let isWhole = target.prefix { $0 != "/" && $0 != "?" }.last == ":"
        guard !isWhole else { return target }
        let base = tcURL
        if target.hasPrefix("/") { return base.dropLast(app.count + 1) + target }
        let lastPart = app.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let query = app.drop { $0 != "?" }
        return base.dropLast(lastPart.count + query.count) + target
    }
}
