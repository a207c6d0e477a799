// SPDX-License-Identifier: Apache-2.0

import AMF

extension StreamInspection {
    /// What was found out, for people: lines without newlines.
    public var lines: [String] {
        var lines = [Self.row("stream", streamWords)]
        for track in tracks { lines += track.lines }
        if let skew {
            var words = "pictures begin \(Self.distance(skew.start)) sound and end \(Self.distance(skew.end)) it"
            words += " (drift \(skew.drift) ms), up to \(interleaving) ms apart in the stream"
            lines.append(Self.row("sync", words))
        }
        lines += faultLines
        if unreadableMessages > 0 { lines.append(Self.row("damage", "\(unreadableMessages) messages cannot be read")) }
        if encryptedMessages > 0 { lines.append(Self.row("hidden", "\(encryptedMessages) messages are encrypted")) }
        if indexEntries > 0 {
            lines.append(Self.row("index", "\(indexEntries) keyframes, \(rightIndexEntries) of them found there"))
        }
        return lines + metadataLines
    }

    private var streamWords: String {
        guard let bitrate else { return tracks.isEmpty ? "no sound and no pictures" : "a single frame" }
        return
            "\(Self.seconds(duration)) s, \(Self.kilobits(bitrate)) kbit/s, peak \(Self.kilobits(peakBitrate)) kbit/s"
    }

    private var faultLines: [String] {
        guard !faults.isEmpty else { return tracks.isEmpty ? [] : [Self.row("times", "no faults")] }
        let counts = TimestampFault.Kind.allCases.compactMap { kind -> String? in
            guard let count = faultCounts[kind], count > 0 else { return nil }
            return "\(count) \(count == 1 ? kind.words : kind.plural)"
        }
        var lines = [Self.row("times", counts.joined(separator: ", "))]
        for fault in faults.prefix(8) {
            let place = fault.offset.map { " at byte \($0)" } ?? ""
            let times = "from \(Self.seconds(fault.from)) to \(Self.seconds(fault.to)) s"
            lines.append(Self.row("", "\(fault.kind.words) in \(fault.track.words) \(times)\(place)"))
        }
        return lines
    }

    private var metadataLines: [String] {
        guard let properties = metadata?.properties.properties, !properties.isEmpty else {
            return [Self.row("metadata", "none")]
        }
        return properties.prefix(64).enumerated().map { index, property in
            // As JSON, in which no peer's text can move a cursor.
            let name = Fact.text(property.name.string).json.dropFirst().dropLast()
            let words = "\(name) = \(Fact(property.value).json)"
            return Self.row(index == 0 ? "metadata" : "", words.count > 100 ? words.prefix(100) + "…" : words)
        }
    }

    static func row(_ head: String, _ words: String) -> String {
        "  " + head + String(repeating: " ", count: max(1, 10 - head.count)) + words
    }

    /// Three digits behind the point.
    static func seconds(_ milliseconds: Int64) -> String {
        let rest = String(milliseconds.magnitude % 1000)
        let zeros = String(repeating: "0", count: 3 - rest.count)
        return "\(milliseconds < 0 ? "-" : "")\(milliseconds.magnitude / 1000).\(zeros)\(rest)"
    }

    static func kilobits(_ bits: Int64) -> String { "\(bits / 1000).\(bits % 1000 / 100)" }

    private static func distance(_ milliseconds: Int64) -> String {
        milliseconds == 0 ? "with" : "\(milliseconds.magnitude) ms \(milliseconds > 0 ? "after" : "before")"
    }
}

extension TrackInspection {
    /// What was found out about the track, for people.
    fileprivate var lines: [String] {
        let names = [description.title, description.profile, description.level].compactMap { $0 }
        var what = [names.joined(separator: " ") + (description.codecString.map { " (\($0))" } ?? "")]
        if let format = videoFormat {
            what.append("\(format.width)x\(format.height)")
            what.append("\(format.chroma.words) \(format.bitDepth) bit\(format.rangeWords)")
        }
        if let format = audioFormat {
            what.append("\(format.sampleRate) Hz")
            what.append(format.channels == 1 ? "mono" : format.channels == 2 ? "stereo" : "\(format.channels) channels")
        }
        var how = ["\(frames) frame\(frames == 1 ? "" : "s")"]
        if isVideo, let rate = milliframesPerSecond { how[0] += " at \(Double(rate) / 1000) fps" }
        if isVideo {
            let spread = keyframeIntervals
            var words = "\(keyframes) keyframe\(keyframes == 1 ? "" : "s")"
            if spread.count > 0 {
                words += " every \(StreamInspection.seconds(spread.mean)) s"
                if spread.smallest != spread.largest {
                    words += " (\(StreamInspection.seconds(spread.smallest)) to "
                    words += "\(StreamInspection.seconds(spread.largest)))"
                }
            }
            how.append(words)
        }
        if let bitrate {
            how.append("\(StreamInspection.kilobits(bitrate)) kbit/s")
            how.append("peak \(StreamInspection.kilobits(peakBitrate)) kbit/s")
        }
        if configurationChanges > 0 { how.append("\(configurationChanges) changes of configuration") }
        var lines = [
            StreamInspection.row(id.words, what.joined(separator: ", ")),
            StreamInspection.row("", how.joined(separator: ", ")),
        ]
        if let offsets = compositionTimes, offsets.upperBound > 0 || offsets.lowerBound < 0 {
            lines.append(
                StreamInspection.row("", "shown \(offsets.lowerBound) to \(offsets.upperBound) ms after decoding"))
        }
        if let clockDrift, clockDrift.magnitude > 100 {
            lines.append(StreamInspection.row("", "times have gone \(clockDrift) ms further than the samples"))
        }
        return lines
    }
}

extension VideoFormat {
    /// What makes pictures wider in range than usual ones.
    fileprivate var rangeWords: String {
        switch color?.transfer {
        case 16: " HDR (PQ)"
        case 18: " HDR (HLG)"
        default: ""
        }
    }
}

extension TimestampFault.Kind {
    fileprivate var words: String { self == .stepBack ? "step back" : rawValue }
    fileprivate var plural: String { self == .stepBack ? "steps back" : rawValue + "s" }
}

extension FileInspection {
    /// What the file is around its stream, for people.
    public var lines: [String] {
        guard let header else { return [StreamInspection.row("container", "not FLV")] }
        let kinds = tags.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key)" }
        var lines = [
            StreamInspection.row(
                "container", "FLV \(header.version), \(bytes) bytes; tags: \(kinds.joined(separator: ", "))")
        ]
        if headers > 1 { lines.append(StreamInspection.row("", "\(headers) files one behind the other")) }
        if wrongPreviousTagSizes > 0 {
            lines.append(StreamInspection.row("", "\(wrongPreviousTagSizes) wrong PreviousTagSize fields"))
        }
        if let error { lines.append(StreamInspection.row("", "broken: \(error)")) }
        return lines + stream.lines
    }
}
