// SPDX-License-Identifier: Apache-2.0

/// What a codec is called, and with its configuration its profile and level.
public struct CodecDescription: Sendable, Hashable {
    /// A short name as ffmpeg has it: `h264`, `aac`.
    public var name: String
    /// What people call it: `H.264`, `AAC`.
    public var title: String
    /// How the stream names it: a FourCC, or the number of a legacy codec.
    public var identifier: String
    /// The name with profile and level of RFC 6381, such as `avc1.64001f`, where the configuration tells.
    public var codecString: String?
    /// The profile in words, such as `High`.
    public var profile: String?
    /// The level in words, such as `3.1`.
    public var level: String?

    /// Describes a codec, and what its configuration adds.
    public init(_ codec: Tracks.Codec, configuration: [UInt8]?) {
        switch codec {
        case .video(let codec): self.init(video: codec)
        case .audio(let codec): self.init(audio: codec)
        }
        if let configuration { read(configuration, of: codec) }
    }

    private init(_ name: String, _ title: String, _ identifier: String) {
        self.name = name
        self.title = title
        self.identifier = identifier
    }

    private init(video codec: VideoMessage.Codec) {
        switch codec {
        case .legacy(let number):
            let (name, title) =
                switch number {
                case 2: ("flv1", "Sorenson H.263")
                case 3: ("flashsv", "Screen video")
                case 4: ("vp6f", "VP6")
                case 5: ("vp6a", "VP6 with alpha")
                case 6: ("flashsv2", "Screen video 2")
                case LegacyCodec.avc: ("h264", "H.264")
                case 8: ("h263", "H.263")
                case 9: ("mpeg4", "MPEG-4 part 2")
                case LegacyCodec.hevc: ("hevc", "H.265")
                default: ("unknown", "Codec \(number)")
                }
            self.init(name, title, "\(number)")
        case .enhanced(let code):
            let (name, title) =
                switch code {
                case .avc1: ("h264", "H.264")
                case .hvc1: ("hevc", "H.265")
                case .vvc1: ("vvc", "H.266")
                case .av01: ("av1", "AV1")
                case .vp08: ("vp8", "VP8")
                case .vp09: ("vp9", "VP9")
                default: ("unknown", "Codec \(code)")
                }
            self.init(name, title, code.description)
        }
    }

    private init(audio codec: AudioMessage.Codec) {
        switch codec {
        case .legacy(let number):
            let (name, title) =
                switch number {
                case 0: ("pcm", "PCM")
                case 1: ("adpcm_swf", "ADPCM")
                case 2: ("mp3", "MP3")
                case 3: ("pcm_le", "PCM, little endian")
                case 4: ("nellymoser", "Nellymoser 16 kHz")
                case 5: ("nellymoser", "Nellymoser 8 kHz")
                case 6: ("nellymoser", "Nellymoser")
                case 7: ("pcm_alaw", "A-law")
                case 8: ("pcm_mulaw", "µ-law")
                case LegacyCodec.aac: ("aac", "AAC")
                case 11: ("speex", "Speex")
                case 14: ("mp3", "MP3 8 kHz")
                default: ("unknown", "Codec \(number)")
                }
            self.init(name, title, "\(number)")
        case .enhanced(let code):
            let (name, title) =
                switch code {
                case .mp4a: ("aac", "AAC")
                case .opus: ("opus", "Opus")
                case .flac: ("flac", "FLAC")
                case .ac3: ("ac3", "AC-3")
                case .eac3: ("eac3", "E-AC-3")
                case .mp3: ("mp3", "MP3")
                default: ("unknown", "Codec \(code)")
                }
            self.init(name, title, code.description)
        }
    }

    private mutating func read(_ configuration: [UInt8], of codec: Tracks.Codec) {
        let body = configuration.span
        switch codec {
        case .video(.legacy(LegacyCodec.avc)), .video(.enhanced(.avc1)):
            guard let avc = try? AVCConfiguration(decoding: body) else { return }
            codecString = avc.codecString
            profile = Self.avcProfile(avc)
            // Constraint 3 makes 1.1 of the older profiles 1b.
            let is1b = avc.level == 11 && avc.compatibility & 0x10 != 0 && avc.profile < 100
            level = avc.level == 9 || is1b ? "1b" : "\(avc.level / 10).\(avc.level % 10)"
        case .video(.legacy(LegacyCodec.hevc)), .video(.enhanced(.hvc1)):
            guard let hevc = try? HEVCConfiguration(decoding: body) else { return }
            codecString = hevc.codecString
            let names: [UInt8: String] = [1: "Main", 2: "Main 10", 3: "Main Still Picture", 4: "Range Extensions"]
            profile = names[hevc.profile] ?? "profile \(hevc.profile)"
            level = "\(hevc.level / 30).\(hevc.level % 30 / 3)"
        case .video(.enhanced(.vvc1)):
            guard let vvc = try? VVCConfiguration(decoding: body) else { return }
            codecString = vvc.codecString
            profile = vvc.profile.map { $0 == 1 ? "Main 10" : "profile \($0)" }
            level = vvc.profile == nil ? nil : "\(vvc.level / 16).\(vvc.level % 16 / 3)"
        case .video(.enhanced(.av01)):
            guard let av1 = try? AV1Configuration(decoding: body) else { return }
            codecString = av1.codecString
            profile = av1.profile < 3 ? ["Main", "High", "Professional"][Int(av1.profile)] : "profile \(av1.profile)"
            level = "\(2 + av1.level / 4).\(av1.level % 4)"
        case .video(.enhanced(let code)):
            guard let vp = try? VPConfiguration(decoding: body) else { return }
            codecString = vp.codecString(code)
            profile = "profile \(vp.profile)"
            level = vp.level > 0 ? "\(vp.level / 10).\(vp.level % 10)" : nil
        case .audio(.legacy(LegacyCodec.aac)), .audio(.enhanced(.mp4a)):
            guard let aac = try? AudioSpecificConfig(decoding: body) else { return }
            codecString = aac.codecString
            let names = [
                1: "Main", 2: "LC", 3: "SSR", 4: "LTP", 5: "HE", 23: "LD", 29: "HE v2", 39: "ELD", 42: "xHE",
            ]
            profile = names[aac.objectType] ?? "object type \(aac.objectType)"
        default: break
        }
    }

    private static func avcProfile(_ avc: AVCConfiguration) -> String {
        switch avc.profile {
        case 66: avc.compatibility & 0x40 != 0 ? "Constrained Baseline" : "Baseline"
        case 77: "Main"
        case 88: "Extended"
        case 100: avc.compatibility & 0x0C == 0x0C ? "Constrained High" : "High"
        case 110: "High 10"
        case 122: "High 4:2:2"
        case 244: "High 4:4:4 Predictive"
        default: "profile \(avc.profile)"
        }
    }
}
