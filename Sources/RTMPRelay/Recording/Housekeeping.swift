// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// What happens to files once they are complete: a command is run for each, and old ones are removed.
struct Housekeeping: Sendable {
    /// How often is looked for files that have become too old.
    private static let interval = Duration.seconds(600)

    private let plan: RecordingPlan
    private let wallClock: Int64
    private var listing: FileID?
    private var removing: FileID?
    private var isDue = false
    private var nextLook = Instant(nanoseconds: .min)
    private var runs: [RunID: String] = [:]

    init(_ plan: RecordingPlan, wallClock: Int64) {
        self.plan = plan
        self.wallClock = wallClock
    }

    /// Whether something is still under way that would be lost.
    var isBusy: Bool { listing != nil || removing != nil }

    /// A file is complete, or ended otherwise.
    mutating func take(_ file: RecordedFile, _ numbers: inout FileNumbers, _ wishes: inout Wishes) {
        if let hook = plan.hook, file.isComplete {
            let run = numbers.nextRun()
            runs[run] = file.path
            wishes.append(.run(run, command: hook, input: Array((file.facts.json + "\n").utf8)))
        }
        isDue = true
    }

    /// Looks for files that are to be removed, when that is due.
    mutating func look(at now: Instant, _ numbers: inout FileNumbers, _ wishes: inout Wishes) {
        guard plan.retention.isLimited, case .directory(let directory, let template) = plan.place, !isBusy,
            isDue || now >= nextLook
        else { return }
        isDue = false
        nextLook = now + Self.interval
        let file = numbers.next()
        listing = file
        let place = [directory, template.directory].filter { !$0.isEmpty }.joined(separator: "/")
        wishes.append(.list(file, directory: place, recursive: template.hasSubdirectories))
    }

    /// Whether what happens to this file is about the housekeeping.
    func awaits(_ file: FileID) -> Bool { file == listing || file == removing }

    /// Takes in what happened to a file that it awaits.
    ///
    /// - Parameter open: paths of files that are being written.
    mutating func happened(
        _ file: FileID, _ fact: FileFact, open: [String], at now: Instant, _ numbers: inout FileNumbers,
        _ wishes: inout Wishes
    ) {
        guard awaits(file) else { return }
        switch fact {
        case .listed(let files): remove(from: files, open: open, at: now, &numbers, &wishes)
        case .removed(let paths, let failure):
            for path in paths { wishes.log(.info, "record: removed \(path)") }
            if let failure { wishes.log(.warning, "record: \(failure.reason)") }
        case .failed(let failure): wishes.log(.warning, "record: \(failure.reason)")
        default: break
        }
        if file == listing { listing = nil } else { removing = nil }
    }

    /// Takes in how a command ended.
    mutating func ran(_ run: RunID, _ result: RunResult, _ wishes: inout Wishes) {
        guard let path = runs.removeValue(forKey: run) else { return }
        switch result {
        case .exited(0): break
        case .exited(let status): wishes.log(.warning, "record: the command for \(path) ended with status \(status)")
        case .failed(let reason): wishes.log(.error, "record: the command for \(path) was not run: \(reason)")
        }
    }

    private mutating func remove(
        from files: [ListedFile], open: [String], at now: Instant, _ numbers: inout FileNumbers, _ wishes: inout Wishes
    ) {
        guard case .directory(let directory, let template) = plan.place else { return }
        let prefix = directory.isEmpty ? "" : directory + "/"
        let inside = files.compactMap { file -> ListedFile? in
            guard file.path.hasPrefix(prefix) else { return nil }
            var file = file
            file.path.removeFirst(prefix.count)
            return file
        }
        let current = Set(open.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
        let paths = plan.retention.removed(
            from: inside, template, current: current, now: wallClock + now.milliseconds)
        guard !paths.isEmpty else { return }
        let file = numbers.next()
        removing = file
        wishes.append(.remove(file, paths.map { prefix + $0 }))
    }
}
