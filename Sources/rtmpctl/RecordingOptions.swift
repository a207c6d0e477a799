// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import RTMPRelay

/// How recordings are cut, called and kept: what `dump` and `relay --record` have in common.
extension Arguments {
    /// A plan with everything that these options say.
    func recordingPlan(_ place: RecordingPlan.Place) throws(Failure) -> RecordingPlan {
        var plan = RecordingPlan(place)
        plan.segment = try segment()
        plan.sync = try sync() ?? plan.sync
        plan.retention = try retention()
        plan.hook = self[.hook]
        if let hook = plan.hook, hook.isEmpty { throw Failure("--hook is empty; write a command line for the shell") }
        return plan
    }

    /// What the names of several files are made of.
    static func template(_ text: String, in option: String) throws(Failure) -> NameTemplate {
        do throws(NameTemplate.Fault) {
            return try NameTemplate(text)
        } catch {
            throw Failure("\(option) \(text): \(error)")
        }
    }

    private func segment() throws(Failure) -> RecordingPlan.Segment? {
        guard let text = self[.segment] else { return nil }
        // A small m is minutes, as in all times; a large one and a B are bytes.
        let isSize = text.last.map { "KMGBb".contains($0) } ?? false
        let plain = isSize && text.count > 1 && "Bb".contains(text.suffix(1)) ? String(text.dropLast()) : text
        if isSize, let bytes = Self.bytes(plain), bytes >= 100_000 { return .size(bytes) }
        if !isSize, let milliseconds = Self.milliseconds(text), milliseconds >= 1_000 {
            return .duration(.milliseconds(milliseconds))
        }
        throw Failure("--segment \(text) is neither a time nor a size; write 10m, 1:30:00, 500M or 2GB")
    }

    private func retention() throws(Failure) -> Retention {
        var retention = Retention()
        retention.count = try count(.keep)
        retention.age = try duration(.keepAge)
        retention.size = try size(.keepSize)
        return retention
    }

    /// What a power cut may cost: `never`, `close`, or a time.
    private func sync() throws(Failure) -> FileSync? {
        switch self[.fsync] {
        case nil: return nil
        case "never": return .never
        case "close": return .close
        case let text?:
            guard let milliseconds = Self.milliseconds(text), milliseconds > 0 else {
                throw Failure("--fsync \(text) is none of the choices; write never, close, or a time such as 10")
            }
            return .every(.milliseconds(milliseconds))
        }
    }

    /// Whether one of the options is given that only make sense for several files.
    var keepsSome: Bool { has(.keep) || has(.keepAge) || has(.keepSize) }
}

extension Option {
    static let segment = Option(
        "segment", value: .required("TIME|SIZE"),
        help: "Begin the next file with the first keyframe after so much: 10m, 1:30:00, 500M, 2GB.")
    static let keep = Option("keep", value: .required("N"), help: "Remove old files of a stream when there are more.")
    static let keepAge = Option(
        "keep-age", value: .required("TIME"), help: "Remove files that were not written to for so long, such as 168h.")
    static let keepSize = Option(
        "keep-size", value: .required("SIZE"), help: "Remove the oldest files when all together are larger.")
    static let hook = Option(
        "hook", value: .required("COMMAND"),
        help: "Have the shell run this for every complete file, with its facts as JSON on standard input.")
    static let fsync = Option(
        "fsync", value: .required("WHEN"),
        help: "Have recordings survive a power cut: never (the default: when the system writes them), close (when they "
            + "are complete), or every so often: a TIME.")
    static let recordName = Option(
        "record-name", value: .required("TEMPLATE"),
        help:
            "Name recordings so below DIR, of {app}, {name}, {index} and strftime's %Y %m %d %H %M %S in UTC. Default "
            + "\(NameTemplate.standard.text).")

    static let recording: [Option] = [.segment, .keep, .keepAge, .keepSize, .hook, .fsync]
}
