// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// One track, by its codec: ffmpeg copies it out of a file under `Fixtures/flv`, or encodes it.
struct Source: Sendable, Hashable {
    let name: String
    var file = ""
    /// The encoder of a track that is not copied.
    var encoder: String?
    var isVideo = false

    private static func video(_ name: String, _ file: String) -> Self { Self(name: name, file: file, isVideo: true) }

    private static func encoded(_ name: String, _ encoder: String, isVideo: Bool = true) -> Self {
        Self(name: name, encoder: encoder, isVideo: isVideo)
    }

    /// ffmpeg's input options. With a pace it goes on without end.
    func input(isPaced: Bool) -> [String] {
        let pace = isPaced ? ["-re"] : []
        if encoder == nil {
            return pace + (isPaced ? ["-stream_loop", "100"] : []) + ["-i", Fixture.path("flv/\(file).flv")]
        }
        let picture = isVideo ? "testsrc=size=160x120:rate=15" : "sine=sample_rate=16000"
        return pace + ["-f", "lavfi", "-i", isPaced ? picture : picture + ":duration=3"]
    }

    /// The encoder's options, for the output's track of that number among those of its kind.
    func codec(_ number: Int) -> [String] {
        guard let encoder else { return [] }
        let name = "\(isVideo ? "v" : "a"):\(number)"
        return ["-c:\(name)", encoder, "-threads:\(name)", "1", "-g:\(name)", "15"]
    }

    static let h264 = video("H.264", "h264_aac_bframes")
    static let hevc = video("HEVC", "hevc_opus_bframes")
    static let av1 = video("AV1", "av1_opus")
    static let vp9 = video("VP9", "vp9_opus")
    static let vvc = video("VVC", "vvc_only")
    static let sorenson = video("H.263", "flv1_mp3")
    static let screen = video("Screen", "flashsv_mp3")
    static let screen2 = video("Screen 2", "flashsv2_only")
    static let h263 = video("H.263 plain", "h263_unofficial")
    // ffmpeg cannot seek back in files with old codecs, so they do not repeat.
    static let sorensonLive = encoded("H.263 encoded", "flv")
    static let screenLive = encoded("Screen encoded", "flashsv")
    static let adpcmLive = encoded("ADPCM encoded", "adpcm_swf", isVideo: false)
    static let hdr = video("HEVC HDR10", "hevc_hdr10")
    static let tenBit = video("AV1 10 bit", "av1_hdr10")

    static let aac = Self(name: "AAC", file: "aac_only")
    static let mp3 = Self(name: "MP3", file: "mp3_48k_only")
    static let opus = Self(name: "Opus", file: "opus_only")
    static let flac = Self(name: "FLAC", file: "h264_flac")
    static let ac3 = Self(name: "AC-3", file: "h264_ac3")
    static let eac3 = Self(name: "E-AC-3", file: "h264_eac3")
    static let speex = Self(name: "Speex", file: "flv1_speex")
    static let nellymoser8 = Self(name: "Nellymoser 8 kHz", file: "nellymoser_8k_only")
    static let nellymoser16 = Self(name: "Nellymoser 16 kHz", file: "nellymoser_16k_only")
    static let nellymoser = Self(name: "Nellymoser", file: "flv1_nellymoser_22k")
    static let adpcm = Self(name: "ADPCM", file: "adpcm_44k_stereo_only")
    static let pcm8 = Self(name: "PCM 8 bit", file: "pcm_u8_11k_only")
    static let pcm16 = Self(name: "PCM 16 bit", file: "flv1_pcm_s16le")
    static let pcm16BigEndian = Self(name: "PCM 16 bit big-endian", file: "pcm_s16be_44k_only")
    static let aLaw = Self(name: "A-law", file: "alaw_8k_only")
    static let muLaw = Self(name: "mu-law", file: "mulaw_8k_only")
    static let aac51 = Self(name: "AAC 5.1", file: "h264_aac51_f9")
    static let opus51 = Self(name: "Opus 5.1", file: "h264_opus51")
    static let ac351 = Self(name: "AC-3 5.1", file: "h264_ac3_51")
}

/// Tracks that ffmpeg publishes as one stream.
struct Combination: Sendable, Hashable, CustomStringConvertible {
    let tracks: [Source]

    init(_ tracks: Source...) { self.tracks = tracks }

    init(_ tracks: [Source]) { self.tracks = tracks }

    var description: String { tracks.map(\.name).joined(separator: " + ") }

    /// A name for streams and files.
    var path: String { String(description.filter { $0.isLetter || $0.isNumber }) }

    /// ffmpeg's command line, to a file and to a server at once, so that both get the same.
    ///
    /// - Parameter seconds: With a number the stream is paced, and repeated for so long.
    func arguments(to url: String, file: String, seconds: Int? = nil) -> [String] {
        let inputs = tracks.flatMap { $0.input(isPaced: seconds != nil) }
        return ["-v", "error", "-nostdin", "-y"] + inputs + output(file, seconds) + output(url, seconds)
    }

    /// ffmpeg ends every H.264 track with the mark that means track 0, and then takes a track of another codec for a
    /// new one of H.264: where H.264 is not the first, it is told to leave the mark out.
    private func output(_ target: String, _ seconds: Int?) -> [String] {
        let maps = tracks.enumerated().flatMap { ["-map", "\($0.offset):\($0.element.isVideo ? "v" : "a"):0"] }
        let video = tracks.filter(\.isVideo)
        let marks = video.first != .h264 && video.contains(.h264) ? ["-flvflags", "no_sequence_end"] : []
        let end = seconds.map { ["-t", "\($0)"] } ?? []
        let encoders =
            video.enumerated().flatMap { $0.element.codec($0.offset) }
            + tracks.filter { !$0.isVideo }.enumerated().flatMap { $0.element.codec($0.offset) }
        return maps + ["-c", "copy"] + encoders + ["-strict", "unofficial"] + end + marks + ["-f", "flv", target]
    }
}
