// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// The files of a recording: what they are called, and what becomes of them.
extension RecordingSeries {
    /// How many names that other files have are tried.
    private static var attemptLimit: Int { 10_000 }

    mutating func advanceAll(at now: Instant, _ wishes: inout Wishes) {
        if !closing.isEmpty {
            var entries: [Entry] = []
            swap(&entries, &closing)
            for index in entries.indices { advance(&entries[index], at: now, &wishes) }
            closing = entries
        }
        if var entry = current.take() {
            advance(&entry, at: now, &wishes)
            current = entry
        }
    }

    private mutating func advance(_ entry: inout Entry, at now: Instant, _ wishes: inout Wishes) {
        if entry.sink.wantsOpening { open(&entry, &wishes) }
        entry.sink.flush(at: now, &wishes)
    }

    private mutating func open(_ entry: inout Entry, _ wishes: inout Wishes) {
        switch plan.place {
        case .file(let request):
            entry.path = request.path
            entry.sink.open(entry.sink.isExtending ? .extend(path: request.path) : request, &wishes)
        case .directory(let directory, let template):
            if entry.attempts > 0, template.hasIndex {
                lastIndex += 1
                entry.index = lastIndex
            }
            let time = UTCTime(milliseconds: entry.startedAt)
            var name = template.expanded(stream, index: entry.index, at: time)
            if entry.attempts > 0, !template.hasIndex { name = NameTemplate.numbered(name, entry.attempts + 1) }
            entry.path = directory.isEmpty ? name : "\(directory)/\(name)"
            entry.sink.open(
                .createPart(path: entry.path, replacing: plan.isReplacing),
                completedAs: FileSink.Name(path: entry.path, isReplacing: plan.isReplacing), &wishes)
        }
    }

    mutating func tell(
        _ fact: FileFact, to entry: inout Entry, at now: Instant, _ numbers: inout FileNumbers, _ wishes: inout Wishes
    ) {
        if case .failed(let failure) = fact, failure.kind == .exists, entry.sink.isOpening, entry.sink.name != nil,
            entry.attempts < Self.attemptLimit
        {
            // Somebody has a file of that name: the next one will do.
            entry.attempts += 1
            entry.sink = entry.sink.retried(as: numbers.next())
            open(&entry, &wishes)
        } else {
            entry.sink.happened(fact, at: now, &wishes)
        }
    }

    /// Sorts out what has come to its end.
    mutating func settle(_ numbers: inout FileNumbers, _ wishes: inout Wishes) {
        if current?.sink.failure != nil, let entry = current.take() {
            isFinishing = true
            retire(entry)
        }
        while let index = closing.firstIndex(where: { $0.sink.isFinished }) {
            let entry = closing.remove(at: index)
            longestLag = max(longestLag, entry.sink.longestLag)
            if let failure = entry.sink.failure {
                self.failure = self.failure ?? failure
                isFinishing = true
            }
            guard entry.sink.wasOpened else { continue }
            let file = file(entry)
            if entry.sink.failure != nil, entry.sink.written.bytes == 0, file.path != "-" {
                // Not even the first frame fitted.
                wishes.append(.remove(numbers.next(), [file.path]))
            } else {
                finished.append(file)
            }
        }
    }

    private func file(_ entry: Entry) -> RecordedFile {
        let recording = entry.sink.recording
        let codecs = recording.codecs
        let isPart = entry.sink.name != nil
        return RecordedFile(
            path: isPart ? entry.path + FileRequest.partSuffix : entry.path, stream: stream?.path ?? "",
            index: entry.index, startedAt: entry.startedAt, begin: recording.begin, totals: recording.totals,
            videoCodec: codecs.video?.shortest, audioCodec: codecs.audio?.shortest, gaps: entry.gaps,
            longestLag: entry.sink.longestLag.wholeMilliseconds, ended: entry.sink.failure?.reason ?? entry.ended,
            isComplete: entry.sink.failure == nil)
    }
}
