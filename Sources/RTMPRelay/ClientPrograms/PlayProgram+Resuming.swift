// SPDX-License-Identifier: Apache-2.0

internal import FLV
internal import RTMPCore

/// Going on with a file that an earlier run left behind.
extension PlayProgram {
    /// Read at a time.
    private static let readSize = 1 << 20

    /// A piece of the file that is to be continued.
    mutating func read(_ fact: FileFact, at now: Instant, _ wishes: inout Wishes) {
        guard let probe else { return }
        switch fact {
        case .opened(_, isSeekable: false, _):
            // A device or a named pipe keeps nothing.
            wishes.append(.closeFile(probe))
            connect(&wishes)
        case .opened:
            reader = RecordingReader(skippingKeyframes: configuration.skippedKeyframes)
            wishes.append(.read(probe, upTo: Self.readSize))
        case .read(let bytes):
            reader?.receive(bytes.span)
            wishes.append(.read(probe, upTo: Self.readSize))
        case .end:
            wishes.append(.closeFile(probe))
            beginBehindFile(at: now, &wishes)
        case .failed(let failure) where failure.kind == .inputOutput:
            end(Self.ending(for: failure), why: failure.reason, at: now, &wishes)
        case .failed:
            // There is none, or creating it will say what is wrong.
            connect(&wishes)
        default:
            break
        }
    }

    /// The time in the file at which a message of the stream belongs; nil when it is in the file already.
    mutating func place(
        _ kind: FLVTag.Kind, _ timestamp: UInt32, _ payload: Span<UInt8>, isFrame: Bool, at now: Instant,
        _ wishes: inout Wishes
    ) -> UInt32? {
        guard var resumption else { return timeline.map(timestamp, isFrame: isFrame, at: now) }
        let hadFound = resumption.hasFound
        self.resumption = nil
        let decision = resumption.decide(kind, payload, timestamp: timestamp, isFrame: isFrame)
        self.resumption = resumption
        if !hadFound, resumption.hasFound {
            hasMedia = true
            whatIsGoingOn = "looking for the end of the file"
            series.extend(resumption.tail.recording, at: now, &numbers)
        }
        switch decision {
        case .known: return nil
        case .new(let time): return time
        case .mismatch(let sentence):
            cannotResume(sentence, at: now, &wishes)
            return nil
        }
    }

    /// The file is left as it is.
    mutating func cannotResume(_ why: String, at now: Instant, _ wishes: inout Wishes) {
        let path = configuration.recording.path
        end(Ending(.incomplete, "\(path) is not continued: \(why)"), why: why, at: now, &wishes)
    }

    private mutating func beginBehindFile(at now: Instant, _ wishes: inout Wishes) {
        guard var reader = self.reader.take() else { return }
        let path = configuration.recording.path
        do throws(RecordingReader.Fault) {
            let tail = try reader.finish()
            let start = configuration.start ?? .zero
            let resumption = Resumption(tail, start: start.wholeMilliseconds)
            outgoing = Self.outgoing(configuration, start: .milliseconds(resumption.wanted))
            let end = Resumption.clock(tail.recording.totals.lastMilliseconds)
            wishes.log(
                .info, "\(path) ends at \(end); asking for the stream from \(Resumption.clock(resumption.wanted)) on")
            self.resumption = resumption
            connect(&wishes)
        } catch .empty {
            wishes.log(.info, "\(path) has no frame yet; it is begun anew")
            series.extend(
                Recording(keepTimestamps: configuration.keepTimestamps, headSize: Self.headSize(configuration)),
                at: now, &numbers)
            connect(&wishes)
        } catch {
            stage = .done
            wishes.append(.finish(Ending(.cannotCreate, "\(path) cannot be continued: \(Self.sentence(error))")))
        }
    }

    private static func sentence(_ fault: RecordingReader.Fault) -> String {
        switch fault {
        case .damaged(let error): "\(error); rtmpctl repair makes a whole file of it"
        case .foreign, .empty: "rtmpctl has not recorded it; rtmpctl repair makes a file of it that can be"
        case .noKeyframe: "there is no keyframe near its end"
        }
    }
}

extension RecordingPlan {
    /// The path of a single file.
    fileprivate var path: String {
        switch place {
        case .file(let request): request.path
        case .directory(let directory, _): directory
        }
    }
}
