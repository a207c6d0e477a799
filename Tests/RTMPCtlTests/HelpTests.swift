// SPDX-License-Identifier: Apache-2.0

import RTMPCore
import Testing

@testable import rtmpctl

/// The whole text that `--help` prints, so that a change is seen as its readers see it.
@Suite struct HelpTests {
    private func printed(_ words: String...) -> String {
        let stage = Stage()
        #expect(Tool.run(words, in: stage.surroundings) == .done)
        #expect(stage.error == "")
        return stage.output
    }

    @Test func `the program says what it does`() {
        #expect(
            printed("--help") == """
                rtmpctl publishes, plays, records and relays RTMP streams.

                Usage: rtmpctl COMMAND [OPTION]... [OPERAND]...

                Commands:
                  publish   Send an FLV file or a pipe to servers, paced like a live encoder.
                  play      Write a stream as FLV to standard output, to pipe into a player.
                  dump      Record a stream to an FLV file.
                  relay     Be a server, or carry a stream from one server to others.
                  probe     Say what a file or a stream is, and what is wrong with it.
                  repair    Write a damaged FLV file anew, with what is whole in it.

                Options:
                  --help     Show this help; behind a command, that command's help.
                  --version  Show the version.

                A URL is rtmp://[USER[:PASSWORD]@]HOST[:PORT]/APP[/INSTANCE]/NAME[?QUERY].
                NAME, QUERY and PASSWORD are never printed.
                A TIME is a number of seconds, or has a unit or colons: 90, 1.5m, 500ms, 1:30.
                A SIZE is a number of bytes, or has a unit: 64M is 64 times 1024 times 1024.

                Exit status:
                  0   done: the stream ended, a wished limit is reached, the reader went away
                  1   failed
                  2   incomplete but usable: the connection was lost
                  64  the command line is wrong
                  65  the input is missing or not what it should be
                  69  the peer cannot be reached, or sent no media in time
                  73  the output cannot be created
                  74  reading or writing failed; what was written is valid
                  76  the peer does not speak the protocol
                  77  the peer refused, or the credentials are wrong
                  130, 143  ended by SIGINT, SIGTERM after a clean finish

                Example:
                  rtmpctl relay --listen 127.0.0.1:1935
                      Be a server on this machine, until Ctrl-C.

                """)
    }

    @Test func `publish says what it does`() {
        #expect(
            printed("publish", "--help") == """
                Usage: rtmpctl publish INPUT URL... [OPTION]...

                Sends the FLV file INPUT, or standard input when INPUT is -, to every URL. Each
                is served for itself: one that is lost is connected to again and goes on at a
                keyframe, the others notice nothing.

                Options:
                      --rate RATE           Send so many times as fast as the timestamps say, or
                                            as fast as it goes: max. Default 1.
                      --loop [N]            Send the file N times, or without end. A pipe can be
                                            sent once only.
                      --start TIME          Begin with the first keyframe this far into the
                                            file, or later.
                      --duration TIME       End after this much media.
                      --type TYPE           Ask the server to record what it gets: live (the
                                            default) does not, record makes a new recording,
                                            append goes on with one.
                      --wait                Wait for a peer that is not there yet, and for a
                                            stream not yet published.
                  -m, --timeout TIME        Give up when the peer takes longer to answer, or to
                                            send media. Default 10 s.
                  -a, --app APP             Take this for the application in the URL.
                  -y, --name, --playpath NAME
                                            Take this for the stream's name in the URL.
                      --key-file FILE       Read the stream's name, which may be secret, from
                                            the first line of a file. RTMPCTL_STREAM_KEY in the
                                            environment may hold it too. For URLs without a
                                            name.
                  -t, --tc-url, --tcUrl URL
                                            Say this tcUrl in connect.
                  -p, --page-url, --pageUrl URL
                                            Say this pageUrl in connect.
                  -s, --swf-url, --swfUrl URL
                                            Say this swfUrl in connect.
                  -W, --swf, --swfVfy FILE  Answer as the Flash program in this file when the
                                            server verifies it (SWF verification).
                  -w, --swf-hash, --swfhash HEX
                                            The same by the program's hash, 64 hexadecimal
                                            digits, with --swf-size.
                  -x, --swf-size, --swfsize BYTES
                                            The size of the decompressed program, with
                                            --swf-hash.
                  -f, --flash-version, --flashVer TEXT
                                            Say this flashVer in connect.
                  -C, --conn TYPE:VALUE     Say this value behind connect: B:0 or B:1, N:number,
                                            S:text, Z:, O:1 ... O:0. Repeatable.
                      --json                Write a summary to standard output at the end, as
                                            JSON.
                  -q, --quiet               Show no progress, and no messages but warnings and
                                            errors.
                  -V, --verbose             Show details for finding faults.
                  -h, --help                Show this help.

                Examples:
                  rtmpctl publish show.flv rtmp://127.0.0.1/live/show --loop
                      Send a file again and again.
                  ffmpeg -re -i show.mp4 -c copy -f flv - | rtmpctl publish - rtmp://a/live --key-file key.txt
                      Send what another program makes, with a key that is not on the command line.

                """)
    }

    @Test func `play says what it does`() {
        #expect(
            printed("play", "--help") == """
                Usage: rtmpctl play URL [OPTION]...

                Writes the stream at URL to standard output: FLV header, metadata, sequence
                headers, then everything from the first keyframe on. Ends when the stream ends
                or the reader goes away.

                Options:
                  -v, --live                Take the live stream only, not a recording of that
                                            name.
                      --wait                Wait for a peer that is not there yet, and for a
                                            stream not yet published.
                      --reconnect           When the connection is lost, make it again and go
                                            on.
                  -m, --timeout TIME        Give up when the peer takes longer to answer, or to
                                            send media. Default 10 s.
                      --duration TIME       End after this much media.
                      --size SIZE           End before the output is larger than this.
                  -A, --start TIME          Begin there in a recorded stream, if the server can
                                            seek.
                  -B, --stop TIME           End at this time of a recorded stream; without
                                            --start the same as --duration.
                  -b, --buffer MS           Say that we buffer so many milliseconds. Servers
                                            send recorded streams so far ahead; the default of
                                            dump is ten hours.
                      --keep-timestamps     Leave timestamps as they come, instead of beginning
                                            at 0.
                  -a, --app APP             Take this for the application in the URL.
                  -y, --name, --playpath NAME
                                            Take this for the stream's name in the URL.
                      --key-file FILE       Read the stream's name, which may be secret, from
                                            the first line of a file. RTMPCTL_STREAM_KEY in the
                                            environment may hold it too. For URLs without a
                                            name.
                  -t, --tc-url, --tcUrl URL
                                            Say this tcUrl in connect.
                  -p, --page-url, --pageUrl URL
                                            Say this pageUrl in connect.
                  -s, --swf-url, --swfUrl URL
                                            Say this swfUrl in connect.
                  -W, --swf, --swfVfy FILE  Answer as the Flash program in this file when the
                                            server verifies it (SWF verification).
                  -w, --swf-hash, --swfhash HEX
                                            The same by the program's hash, 64 hexadecimal
                                            digits, with --swf-size.
                  -x, --swf-size, --swfsize BYTES
                                            The size of the decompressed program, with
                                            --swf-hash.
                  -f, --flash-version, --flashVer TEXT
                                            Say this flashVer in connect.
                  -C, --conn TYPE:VALUE     Say this value behind connect: B:0 or B:1, N:number,
                                            S:text, Z:, O:1 ... O:0. Repeatable.
                  -q, --quiet               Show no progress, and no messages but warnings and
                                            errors.
                  -V, --verbose             Show details for finding faults.
                  -h, --help                Show this help.

                Example:
                  rtmpctl play rtmp://127.0.0.1/live/show | ffplay -loglevel warning -
                      Watch a stream. With --wait it may be published later.

                """)
    }

    @Test func `dump says what it does`() {
        #expect(
            printed("dump", "--help") == """
                Usage: rtmpctl dump URL [FILE] [OPTION]...
                       rtmpctl dump -r URL [-o FILE] [OPTION]...

                Records the stream at URL. Without FILE the file is called after the stream,
                NAME.flv; - is standard output. Whatever ends the recording, the file is valid,
                at every moment: it plays, can be sought in, and knows its length to a second.
                With --segment FILE may have {app}, {name}, {index} and strftime's %Y %m %d %H
                %M %S in it, in UTC; without any of these the files are numbered.
                Exit status 2 says that the stream was cut off: the file is valid, and --resume
                continues it where the server can seek. rtmpdump's options are understood.

                Options:
                  -r, --rtmp URL            The stream.
                  -o, --output, --flv FILE  The file to write.
                      --force               Replace a file that exists.
                  -e, --resume              Continue FILE where it ends, without a missing or
                                            repeated frame, if the server can seek in the
                                            stream.
                  -k, --skip N              With --resume, look for the end of FILE N keyframes
                                            earlier.
                  -v, --live                Take the live stream only, not a recording of that
                                            name.
                      --wait                Wait for a peer that is not there yet, and for a
                                            stream not yet published.
                      --reconnect           When the connection is lost, make it again and go
                                            on.
                  -m, --timeout TIME        Give up when the peer takes longer to answer, or to
                                            send media. Default 10 s.
                      --duration TIME       End after this much media.
                      --size SIZE           End before the output is larger than this.
                  -A, --start TIME          Begin there in a recorded stream, if the server can
                                            seek.
                  -B, --stop TIME           End at this time of a recorded stream; without
                                            --start the same as --duration.
                  -b, --buffer MS           Say that we buffer so many milliseconds. Servers
                                            send recorded streams so far ahead; the default of
                                            dump is ten hours.
                      --keep-timestamps     Leave timestamps as they come, instead of beginning
                                            at 0.
                  -a, --app APP             Take this for the application in the URL.
                  -y, --name, --playpath NAME
                                            Take this for the stream's name in the URL.
                      --key-file FILE       Read the stream's name, which may be secret, from
                                            the first line of a file. RTMPCTL_STREAM_KEY in the
                                            environment may hold it too. For URLs without a
                                            name.
                  -t, --tc-url, --tcUrl URL
                                            Say this tcUrl in connect.
                  -p, --page-url, --pageUrl URL
                                            Say this pageUrl in connect.
                  -s, --swf-url, --swfUrl URL
                                            Say this swfUrl in connect.
                  -W, --swf, --swfVfy FILE  Answer as the Flash program in this file when the
                                            server verifies it (SWF verification).
                  -w, --swf-hash, --swfhash HEX
                                            The same by the program's hash, 64 hexadecimal
                                            digits, with --swf-size.
                  -x, --swf-size, --swfsize BYTES
                                            The size of the decompressed program, with
                                            --swf-hash.
                  -f, --flash-version, --flashVer TEXT
                                            Say this flashVer in connect.
                  -C, --conn TYPE:VALUE     Say this value behind connect: B:0 or B:1, N:number,
                                            S:text, Z:, O:1 ... O:0. Repeatable.
                      --segment TIME|SIZE   Begin the next file with the first keyframe after so
                                            much: 10m, 1:30:00, 500M, 2GB.
                      --keep N              Remove old files of a stream when there are more.
                      --keep-age TIME       Remove files that were not written to for so long,
                                            such as 168h.
                      --keep-size SIZE      Remove the oldest files when all together are
                                            larger.
                      --hook COMMAND        Have the shell run this for every complete file,
                                            with its facts as JSON on standard input.
                      --fsync WHEN          Have recordings survive a power cut: never (the
                                            default: when the system writes them), close (when
                                            they are complete), or every so often: a TIME.
                      --json                Write a summary to standard output at the end, as
                                            JSON.
                  -q, --quiet               Show no progress, and no messages but warnings and
                                            errors.
                  -V, --verbose             Show details for finding faults.
                  -d, --subscribe NAME      Subscribe to this name (FCSubscribe), as some
                                            networks want. With --live the default is the
                                            stream's.
                  -u, --auth TEXT           The same as --conn B:1 --conn S:TEXT.
                  -n, --host HOST           Connect to this host instead.
                  -c, --port PORT           Connect to this port instead.
                  -l, --protocol 0          For rtmpdump's command lines; only 0, plain RTMP, is
                                            spoken.
                  -R, --realtime            For rtmpdump's command lines; no server is ever
                                            hurried by pausing.
                  -z, --debug               The same as --verbose.
                  -#, --hashes              For rtmpdump's command lines; progress is one line.
                  -h, --help                Show this help.

                Examples:
                  rtmpctl dump rtmp://127.0.0.1/live/show show.flv --duration 1:30
                      Record a minute and a half.
                  rtmpctl dump rtmp://127.0.0.1/live/show '{name}-%H%M.flv' --segment 10m --keep 144
                      Record the last day in files of ten minutes.
                  rtmpctl dump -r rtmp://127.0.0.1/live/show -o show.flv --live
                      The same as rtmpdump's users type it.

                """)
    }

    @Test func `relay says what it does`() {
        #expect(
            printed("relay", "--help") == """
                Usage: rtmpctl relay --listen ADDR [OPTION]...
                       rtmpctl relay SOURCE DEST... [OPTION]...

                With --listen it is a server: it takes publishers, serves players, pushes to and
                pulls from other servers, and records. With SOURCE and DEST it plays one stream
                and publishes it to each DEST; each has its own state and is connected to again
                when it is lost. Runs until SIGINT or SIGTERM, then ends all streams properly.
                With --reconnect-to, SIGTERM first sends clients to another server.

                Options:
                      --listen ADDR         Listen on HOST:PORT, or on :PORT of every address.
                                            Port 0 is any free one. Repeatable.
                      --push [PATH=]URL     Publish streams to another server too: all, or those
                                            of an app or app/name. A URL with only an app gets
                                            the stream's own name; {name} stands for it.
                                            Repeatable.
                      --pull [PATH=]URL     Play streams from another server while somebody
                                            plays them here. Repeatable.
                      --record DIR          Record every stream to DIR/APP/NAME-TIME.flv.
                      --record-name TEMPLATE
                                            Name recordings so below DIR, of {app}, {name},
                                            {index} and strftime's %Y %m %d %H %M %S in UTC.
                                            Default {app}/{name}-%Y%m%dT%H%M%S.%LZ.flv.
                      --segment TIME|SIZE   Begin the next file with the first keyframe after so
                                            much: 10m, 1:30:00, 500M, 2GB.
                      --keep N              Remove old files of a stream when there are more.
                      --keep-age TIME       Remove files that were not written to for so long,
                                            such as 168h.
                      --keep-size SIZE      Remove the oldest files when all together are
                                            larger.
                      --hook COMMAND        Have the shell run this for every complete file,
                                            with its facts as JSON on standard input.
                      --fsync WHEN          Have recordings survive a power cut: never (the
                                            default: when the system writes them), close (when
                                            they are complete), or every so often: a TIME.
                      --vod DIR             Play recordings: APP/NAME is DIR/APP/NAME.flv or
                                            DIR/NAME.flv, unless a live stream has that name.
                      --hold TIME           Keep players this long when their publisher's
                                            connection breaks, or forever. Default 10 s.
                      --takeover WHEN       Whether a publisher may take a name in use: stale
                                            (when its publisher is silent for 3 s, the default),
                                            always, never.
                      --max-lag TIME        A player this far behind skips to the newest
                                            keyframe. Default 5 s.
                      --max-merge MS        What could be sent may wait this long for what comes
                                            next; 0 sends all at once. Default 40 ms.
                      --no-gop-cache        Have players begin at the next keyframe instead of
                                            the last one.
                      --log-limit SIZE      Memory that one stream may hold. Default 64M.
                      --memory SIZE         Memory that all streams together may hold. Default
                                            half of the machine's.
                      --threads N           Serve with so many threads. Default one for each
                                            processor that this process may use.
                      --max-connections N   Refuse who connects when so many are connected.
                                            Default what the limit of open files allows.
                      --max-per-address N   Refuse who connects when so many are connected from
                                            the same address. Default no limit.
                      --reconnect-to URL    On SIGTERM let nobody in, and ask clients that can
                                            to go on at URL: rtmp://host keeps each one's
                                            application. Stop when all have left.
                      --drain TIME          With --reconnect-to, end the streams of those who
                                            have not left after this. Default 30 s.
                      --key-file FILE       Read the stream's name, which may be secret, from
                                            the first line of a file. RTMPCTL_STREAM_KEY in the
                                            environment may hold it too. For URLs without a
                                            name.
                      --log-level LEVEL     How much to say: debug, info (the default), warning,
                                            error.
                  -h, --help                Show this help.

                Examples:
                  rtmpctl relay --listen 127.0.0.1:1935
                      Be a server on this machine.
                  rtmpctl relay --listen :1935 --record /srv/video --push live=rtmp://b/live
                      Be a server for everybody; record all, and push what is published under live.
                  rtmpctl relay rtmp://a/live/show rtmp://b/live/show
                      Carry one stream from a to b.

                """)
    }

    @Test func `probe says what it does`() {
        #expect(
            printed("probe", "--help").hasPrefix(
                """
                Usage: rtmpctl probe FILE [OPTION]...
                       rtmpctl probe URL [OPTION]...

                Shows tracks with codec, size and rates, how sound and pictures go together,
                """))
    }

    @Test func `repair says what it does`() {
        #expect(
            printed("repair", "--help") == """
                Usage: rtmpctl repair FILE [OUTPUT] [OPTION]...

                Takes every whole tag out of FILE, however damaged: cut off, full of garbage,
                joined from several, with wrong sizes, with times that jump. Writes OUTPUT, by
                default NAME.repaired.flv, with duration and keyframe index, and says what was
                found and done. FILE is not changed; - is standard input. No media are made up.

                Options:
                      --force               Replace a file that exists.
                      --json                Write the report as one line of JSON.
                  -q, --quiet               Show no progress, and no messages but warnings and
                                            errors.
                  -V, --verbose             Show details for finding faults.
                  -h, --help                Show this help.

                Examples:
                  rtmpctl repair show.flv
                      Write what is whole in show.flv to show.repaired.flv.
                  rtmpctl repair broken.flv good.flv --json
                      The same, with a report for programs.

                """)
    }

    @Test func `help is found wherever it stands and however it is spelt`() {
        #expect(printed("-h") == printed("--help"))
        #expect(printed("help") == printed("--help"))
        #expect(printed("dump", "-h") == printed("dump", "--help"))
        #expect(printed("dump", "rtmp://host/live/x", "--help") == printed("dump", "--help"))
    }

    @Test func `the version is one line`() {
        #expect(printed("--version") == "rtmpctl \(Tool.version)\n")
    }

    @Test func `only examples are wider than a terminal`() {
        for help in [Tool.help] + Subcommand.all.map(\.help) {
            let lines = help.split(separator: "\n").prefix { !$0.hasPrefix("Example") }
            for line in lines { #expect(line.count <= 80, "\(line)") }
        }
    }

    @Test(arguments: Subcommand.all)
    func `no two options of a command are spelt the same`(_ command: Subcommand) {
        let options = command.options + [.help]
        let names = options.flatMap(\.names)
        let letters = options.compactMap(\.letter)
        #expect(Set(names).count == names.count)
        #expect(Set(letters).count == letters.count)
    }
}

extension Subcommand: CustomTestStringConvertible {
    /// The name.
    public var testDescription: String { name }
}
