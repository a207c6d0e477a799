#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the first inputs of the fuzzers from Fixtures/: seeds.py DIRECTORY makes DIRECTORY/<target>/*."""
import hashlib
import pathlib
import sys

fixtures = pathlib.Path(__file__).resolve().parent.parent / "Fixtures"
output = pathlib.Path(sys.argv[1])
HANDSHAKE = 3073
CODECS = {b"avc1": 0, b"hvc1": 1, b"av01": 2, b"vp08": 3, b"vp09": 3, b"vvc1": 4, b"mp4a": 5, b"Opus": 6, b"fLaC": 7,
          b"ac-3": 8, b"ec-3": 8, b".mp3": 9}


def seed(target, data):
    directory = output / target
    directory.mkdir(parents=True, exist_ok=True)
    (directory / hashlib.sha1(data).hexdigest()[:16]).write_bytes(data)


def tags(data):
    """The tags of an FLV file, as far as they follow each other."""
    at = int.from_bytes(data[5:9], "big") + 4
    while at + 11 <= len(data):
        size = int.from_bytes(data[at + 1:at + 4], "big")
        if at + 11 + size > len(data):
            return
        yield data[at] & 31, data[at + 11:at + 11 + size]
        at += 15 + size


for file in sorted(fixtures.glob("flv/*.flv")):
    data = file.read_bytes()
    seed("flv", b"\0\0" + data[:6000])
    seed("flv", b"\0\3\5\x20\xff" + data[:1500])
    seen = set()
    log = b""
    for kind, payload in tags(data):
        shape = (kind, payload[:1], payload[1:6] if payload[:1] >= b"\x80" else payload[1:2])
        if shape in seen:
            continue
        seen.add(shape)
        body = payload[:600]
        seed("tags", bytes([kind]) + body)
        seed("messages", bytes([kind]) + b"\0\0\0\1" + body)
        if kind == 18:
            seed("amf0", payload)
            for part in (payload[13:], b"\x11" + payload[13:]):
                seed("amf0", part)
        operation = {8: 0, 9: 1}.get(kind, 3)
        log += bytes([operation, min(len(payload), 63)]) + payload[:63] + b"\0\0\0\x28"
        for code, which in CODECS.items():
            found = payload.find(code, 0, 16)
            if found >= 0:
                seed("codecs", bytes([which]) + payload[found + 4:][:600])
        if payload[:2] == b"\x17\0":
            seed("codecs", b"\0" + payload[5:])
        if kind == 8 and payload[:1] >= b"\xa0" and payload[1:2] == b"\0":
            seed("codecs", b"\5" + payload[2:])
        if kind == 8 and payload[:1] < b"\x90":
            seed("codecs", b"\x09" + payload[1:200])
    seed("log", (log + b"\4\1\0\5\7\0\x50")[:2000])

# What a Flash player would have sent in AMF3.
for text in ("0401", "050123456789abcdef", "0607666f6f", "090501046101", "0a0b0103617801040101", "0c07010203",
             "0d0500000000010000000200", "0f0700bff0000000000000", "1003000361000a0b0101", "110300040104020a23",
             "0a130361046101780401", "0a0706612e620a01", "0901036b04010a010a00", "08010000000000000000"):
    data = bytes.fromhex(text if len(text) % 2 == 0 else text + "0")
    seed("amf3", data)
    seed("amf0", b"\x11" + data)
    seed("messages", b"\x0f\0\0\0\0\0\2\0\1a\x11" + data)

for file in sorted(fixtures.glob("session/*.bin")):
    data = file.read_bytes()
    isClient = "c2s" in file.name
    seed("handshake", bytes([0 if isClient or "c0c1" in file.name else 1, 2, 200, 255]) + data[:HANDSHAKE + 20])
    chunks = data[HANDSHAKE:]
    seed("chunks", b"\1\0" + chunks[:3000])
    seed("chunks", b"\x4f\3\7\x40\x90" + chunks[:600])
    seed("server" if isClient else "client", b"\1\0\0" + chunks[:1000])
    seed("server" if isClient else "client", b"\0\0\1\xff" + data[:HANDSHAKE + 800])
    # Commands are the messages whose type 0 header says 20; their first chunk is enough.
    at = 0
    while (at := chunks.find(b"\x14", at)) >= 0:
        if at >= 7 and chunks[at + 5:at + 6] == b"\2" and chunks[at + 6:at + 7] == b"\0":
            seed("messages", b"\x14\0\0\0\0" + chunks[at + 5:at + 5 + 128])
            seed("amf0", chunks[at + 5:at + 5 + 128])
        at += 1

for state in range(5):
    for flags in (1, 3, 5, 13):
        # A command with a name by number, two values, a transaction; then a status, media and a ping.
        for first in range(0, 26, 6):
            script = b"".join(bytes([0, 1, name, 5]) + b"\2\0\1a\5\2" for name in range(first, min(first + 6, 26)))
            seed("server", bytes([state, flags, 1, 7]) + script + b"\5\1\5\xaf\1\2\3\4\6\0\0\0\0\1")
        seed("client", bytes([state, flags, 0]) + b"".join(bytes([4 + 8 * (code & 1), 1, code]) for code in range(15)))
        seed("client", bytes([state, flags, 1, 9]) + b"\0\0\x10\x0a\5\0?\xf0\0\0\0\0\0\0\2" + b"\4\1\4\5\1\5\xaf\1\2\3\4")

seed("messages", b"\x13\0\0\0\0\0\4so-1\0\0\0\1\0\0\0\2\0\0\0\0\4\0\0\0\x08\0\1a\1\1\5\0\0\7\0\0\0\6\0\1a\0\1b\x06\0\0\0\1\5")
seed("messages", b"\x16\0\0\0\5\x08\0\0\2\0\0\x0a\0\0\0\0\xaf\1\0\0\0\x0d\x09\0\0\1\0\0\x14\0\0\0\0\x17\0\0\0\x0c")
for kind in (0, 1, 2, 3, 4, 6, 7, 26, 27, 31, 32, 99):
    seed("messages", b"\4\0\0\0\0" + kind.to_bytes(2, "big") + b"\0\0\0\1\0\0\1\0")
for text in ("rtmp://localhost/live/show?token=abc", "rtmps://u%40:p@[::1]:444/a/b/c#d", "rtmp://h", "rtmp://h/?x/y",
             "RTMP://10.0.0.1:1935/live/_definst_/mp4:a.mp4?x=/..", "rtmp://h//a//b//", "live/inst\nmp4:../a/b.flv?c",
             "rtmp://h/a/b/c\na/b\nc", "rtmp://user@h:65535/app/", "B:1\nN:-1.5e3\nS:a:b\nZ:\nO:1\nNB:x:0\nNO:y:1\nO:0\nO:0"):
    seed("urls", text.encode())

# Two keyframes with what lies between, an hour in pieces, someone leaves and comes back, room gets short.
MEDIA = b"".join(b"\0" + bytes([kind]) + (b"" if kind & 7 > 5 else b"\x20") for kind in (6, 7, 8, 12, 9, 10, 28, 8, 12, 11))
for flags in (0, 3, 8, 16, 48, 64, 128, 192, 195, 242):
    for others in (1, 2, 5, 6, 9, 0, 4):
        seed("relay", bytes([flags, others]) + b"\x99" + MEDIA + b"\x05\1\0" + b"\x1a" + MEDIA + b"\x47\0" + MEDIA * 2
             + b"\x57\1" + MEDIA + b"\x8c\0\0\x05\x40\0" + MEDIA + b"\x67\xff\x88" + b"\x3a\5\1\3abc" + b"\x0d\xff"
             + b"\xd8\x05\xff\xff\x05\xff\xff" + MEDIA + b"\x08" + MEDIA)
for flags in (0, 1, 3, 5, 9, 17, 33, 65, 110):
    media = b"".join(b"\x04\0" + bytes([at]) + b"\6\x17\1\0\0\0\7" + b"\x14\0" + bytes([at]) + b"\3\xaf\1\7"
                     for at in range(0, 200, 40))
    seed("play", bytes([flags]) + b"\0\2\2\2\2" + b"\x0f" + media + b"\x0f\x0f\x09\x01\0" + media + b"\x0c\x09\xff\xff\0\2\2"
         + media + b"\x0f" * 4)
for file in sorted(fixtures.glob("flv/*.flv"))[::4]:
    data = file.read_bytes()[:2000]
    for flags in (0, 1, 4, 9, 20, 60):
        seed("publish", bytes([flags]) + len(data).to_bytes(2, "big") + data + b"\x0e" * 3 + b"\0\0\2\2\2\x0e\x0e"
             + b"\x09\1\0\2\x09\1\0\x1b\x09\4\0\x0b\x09\xff\xff\x0c\x09\xff\xff\0\2\2\x0e\x0e\x09\xff\xff")
