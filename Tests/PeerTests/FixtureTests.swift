// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// A handful of the files under `Fixtures/flv` over real sockets. All of them go through the same programs in the
/// simulated network (`RTMPRelayTests/FixtureTests`).
@Suite struct FixtureTests {
    @Test(arguments: [
        "h264_aac_bframes", "h264_ts_32bit_cross_f9", "mt_avc_hevc_av1_aac_opus_mp3", "synth_manytracks_manycodecs",
        "synth_modex_nano", "synth_script_tags", "flv1_speex", "vvc_only",
    ])
    func `published, relayed and dumped unchanged`(name: String) async throws {
        try await withBench([.rtmpctl]) { bench in
            let relay = try OurRelay(bench)
            let url = relay.url("live/\(name)")
            let dump = try Player.dump.start(url, bench, file: "dump.flv", ["--keep-timestamps"])
            try relay.awaitPlayers(1)
            try bench.ends(
                bench.start(.rtmpctl, ["publish", Fixture.path("flv/\(name).flv"), url, "--rate", "max"]))
            try bench.ends(dump.process)
            let sent = try FLVFile(Fixture.bytes("flv/\(name).flv"))
            let written = try FLVFile(bench.bytes("dump.flv"))
            bench.check(written.differences(from: sent), name)
            let (ours, theirs) = (written.tags.filter(\.isMedia), sent.tags.filter(\.isMedia))
            bench.check(ours.map(\.payload) == theirs.map(\.payload), "\(name): the order changed")
            // Metadata in front goes into the recording's own, which every recording has.
            let theirData = sent.tags.dropFirst(sent.tags.first?.isMedia == false ? 1 : 0).filter { !$0.isMedia }
            bench.check(
                written.tags.filter { !$0.isMedia }.dropFirst().map(\.payload) == theirData.map(\.payload),
                "\(name): data changed")
        }
    }

    @Test(arguments: [
        ("broken_garbage_between_tags", "these bytes are not a tag, at byte 19129"),
        ("broken_truncated_midtag", "the bytes end too early, at byte 38403"),
    ])
    func `a broken file is sent as far as it goes, and diagnosed`(name: String, reason: String) async throws {
        try await withBench([.rtmpctl]) { bench in
            let relay = try OurRelay(bench)
            let url = relay.url("live/\(name)")
            let dump = try Player.dump.start(url, bench, file: "dump.flv")
            try relay.awaitPlayers(1)
            let publisher = try bench.start(
                .rtmpctl, ["publish", Fixture.path("flv/\(name).flv"), url, "--rate", "max"])
            try bench.ends(publisher, with: 65)
            bench.check(publisher.output.contains(reason), publisher.output)
            try bench.ends(dump.process)
            bench.check(try FLVFile(bench.bytes("dump.flv")).frames(kind: 9).count >= 15, "too little arrived")
        }
    }
}
