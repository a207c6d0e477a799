// SPDX-License-Identifier: Apache-2.0

import FLV

/// What `expected.json` says about a file, counted with the library.
struct FileSummary {
    struct Track {
        var codec = ""
        var packets = 0
        var configurations = 0
        var ends = 0
        var times: [UInt32] = []
        var compositionTimes: [Int32] = []
        var keyframes: [UInt32] = []
        var frameTypes: [UInt8: Int] = [:]
        var configuration: [UInt8] = []
        var metadata: [UInt8]?
        var videoFormat: VideoFormat?
        var audioFormat: AudioFormat?
        var flags: UInt8?
    }

    var video: [UInt8: Track] = [:]
    var audio: [UInt8: Track] = [:]
    var commands: [UInt8] = []
    var histogram: [String: Int] = [:]

    init(_ tags: [FLVTag]) throws {
        for tag in tags where !tag.payload.isEmpty {
            if tag.isFiltered {
                histogram["encrypted:\(tag.kind.rawValue)", default: 0] += 1
            } else if tag.kind == .video {
                try add(VideoMessage(decoding: tag.payload.span), at: tag.timestamp)
            } else if tag.kind == .audio {
                try add(AudioMessage(decoding: tag.payload.span), at: tag.timestamp)
            }
        }
    }

    private static let videoNames: [UInt8: String] = [
        2: "sorenson-h263", 3: "screen", 4: "vp6", 6: "screen2", 7: "avc", 8: "h263(unofficial)",
        9: "mpeg4(unofficial)",
    ]
    private static let audioNames: [UInt8: String] = [
        0: "pcm-platform", 1: "adpcm", 2: "mp3", 3: "pcm-le", 4: "nellymoser16k", 5: "nellymoser8k", 6: "nellymoser",
        7: "alaw", 8: "mulaw", 10: "aac", 11: "speex",
    ]

    private func layout(_ form: MessageForm) -> String {
        if case .multitrack(let layout) = form { "mt\(layout.rawValue):" } else { "" }
    }

    private mutating func add(_ message: VideoMessage, at time: UInt32) throws {
        for modifier in message.modifiers { histogram["v:modex\(modifier.type)", default: 0] += 1 }
        if let command = message.command {
            histogram["vx:cmd", default: 0] += 1
            commands.append(command)
        }
        for part in message.tracks {
            var track = video[part.id] ?? Track()
            let type = message.packetType
            switch part.codec {
            case .legacy(let number):
                let name = Self.videoNames[number] ?? "?"
                // ffmpeg ends MPEG-4 with the end of AVC, which makes no new track.
                if type != .sequenceEnd || track.codec.isEmpty { track.codec = name }
                let hasPacketType = number == 7 || number == 9
                histogram["v:\(name):\(hasPacketType ? type.rawValue : message.frameType.rawValue)", default: 0] += 1
                if !hasPacketType { track.frameTypes[message.frameType.rawValue, default: 0] += 1 }
            case .enhanced(let code):
                histogram["vx:\(code):\(layout(message.form))\(type.rawValue)", default: 0] += 1
                // ffmpeg writes color information of all tracks as if it were of track 0.
                if type != .metadata { track.codec = code.description }
            }
            switch type {
            case .sequenceStart:
                track.configurations += 1
                track.configuration = part.body
                track.videoFormat = VideoFormat(codec: part.codec, configuration: part.body.span) ?? track.videoFormat
            case .codedFrames, .codedFramesX:
                track.packets += 1
                track.times.append(time)
                track.compositionTimes.append(part.compositionTime)
                if message.isKeyframe {
                    track.keyframes.append(time)
                    if track.videoFormat == nil {
                        track.videoFormat = VideoFormat(codec: part.codec, keyframe: part.body.span)
                    }
                }
            case .sequenceEnd: track.ends += 1
            case .metadata: track.metadata = part.body
            default: break
            }
            video[part.id] = track
        }
    }

    private mutating func add(_ message: AudioMessage, at time: UInt32) throws {
        for modifier in message.modifiers { histogram["a:modex\(modifier.type)", default: 0] += 1 }
        for part in message.tracks {
            var track = audio[part.id] ?? Track()
            let type = message.packetType
            switch part.codec {
            case .legacy(let format):
                let name = Self.audioNames[format] ?? "?"
                track.codec = name
                track.flags = format << 4 | message.flags.rawValue
                histogram[format == 10 ? "a:\(name):\(type.rawValue)" : "a:\(name)", default: 0] += 1
            case .enhanced(let code):
                histogram["ax:\(code):\(layout(message.form))\(type.rawValue)", default: 0] += 1
                if type != .multichannelConfig { track.codec = code.description }
            }
            switch type {
            case .sequenceStart:
                track.configurations += 1
                track.configuration = part.body
                track.audioFormat = AudioFormat(codec: part.codec, configuration: part.body.span) ?? track.audioFormat
            case .codedFrames:
                track.packets += 1
                track.times.append(time)
                if track.audioFormat == nil {
                    track.audioFormat = AudioFormat(codec: part.codec, flags: message.flags, frame: part.body.span)
                }
            case .sequenceEnd: track.ends += 1
            case .multichannelConfig: track.metadata = part.body
            default: break
            }
            audio[part.id] = track
        }
    }
}
