// SPDX-License-Identifier: Apache-2.0
// The chunk reader that a C programmer would write: types 0 to 3, chunk streams below 64, extended timestamps repeated in
// type 3 chunks, headers and messages cut by the end of a piece. No limits, no tolerance.
#include "cmachine.h"
#include <stdlib.h>
#include <string.h>

static uint32_t read24(const uint8_t *p) { return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]; }
static uint32_t read32(const uint8_t *p) { return (uint32_t)p[0] << 24 | read24(p + 1); }

void c_reader_init(c_reader *reader, uint32_t chunk_size, int mode) {
    memset(reader, 0, sizeof *reader);
    reader->chunk_size = chunk_size;
    reader->mode = mode;
}

void c_reader_end(c_reader *reader) {
    for (int i = 0; i < 64; i++) free(reader->streams[i].payload);
}

// What an owner does with a message: looks at its ends and lets it go.
__attribute__((noinline)) static void finish(c_reader *reader, c_stream *stream) {
    reader->messages++;
    reader->payload += stream->length;
    if (stream->length) reader->sum += stream->payload[0] + stream->payload[stream->length - 1] + stream->time;
    stream->got = 0;
    if (reader->mode == C_IN_BUFFER) return;
    free(stream->payload);
    stream->payload = NULL;
}

__attribute__((noinline)) static void finish_in_place(
    c_reader *reader, c_stream *stream, const uint8_t *first, const uint8_t *last) {
    reader->messages++;
    reader->payload += stream->length;
    reader->sum += *first + *last + stream->time;
}

// The size of the header at `p`; 0 when it is not whole, -1 when it is wrong.
static int header(c_reader *reader, const uint8_t *p, size_t count) {
    static const uint8_t sizes[4] = {11, 7, 3, 0};
    if (count < 1) return 0;
    uint32_t format = p[0] >> 6, id = p[0] & 63;
    if (id < 2) return -1;
    size_t size = 1 + sizes[format];
    if (count < size) return 0;
    c_stream *stream = &reader->streams[id];
    uint32_t time = 0;
    int is_extended = stream->is_extended;
    if (format < 3) {
        time = read24(p + 1);
        is_extended = time == 0xFFFFFF;
    }
    if (is_extended) {
        if (count < size + 4) return 0;
        time = read32(p + size);
        size += 4;
    }
    if (stream->got == 0) {
        if (format < 2) {
            stream->length = read24(p + 4);
            stream->type = p[7];
        }
        if (format == 0) memcpy(&stream->message_stream, p + 8, 4);
        if (format < 3) stream->delta = time;
        stream->time = format == 0 ? time : stream->time + stream->delta;
    }
    stream->is_extended = is_extended;
    reader->current = id;
    uint32_t rest = stream->length - stream->got;
    reader->left = rest < reader->chunk_size ? rest : reader->chunk_size;
    return (int)size;
}

// Takes a message that lies whole at `p`; how many bytes it has with its headers, or 0.
static size_t take_in_place(c_reader *reader, const uint8_t *p, size_t count) {
    c_stream *stream = &reader->streams[reader->current];
    if (stream->got != 0 || stream->length == 0) return 0;
    size_t gap = stream->is_extended ? 5 : 1, headers = (stream->length - 1) / reader->chunk_size;
    size_t total = stream->length + headers * gap;
    if (total > count) return 0;
    const uint8_t *next = p + reader->chunk_size;
    for (size_t i = 0; i < headers; i++, next += reader->chunk_size + gap)
        if (*next != (0xC0 | reader->current)) return 0;
    finish_in_place(reader, stream, p, p + total - 1);
    reader->left = 0;
    return total;
}

int c_reader_feed(c_reader *reader, const uint8_t *bytes, size_t count) {
    size_t at = 0;
    for (;;) {
        if (reader->left == 0) {
            int size;
            if (reader->pending_count) {
                uint32_t old = reader->pending_count, room = 18 - old;
                uint32_t more = count - at < room ? (uint32_t)(count - at) : room;
                memcpy(reader->pending + old, bytes + at, more);
                size = header(reader, reader->pending, old + more);
                if (size < 0) return -1;
                if (size == 0) {
                    reader->pending_count = old + more;
                    return 0;
                }
                at += (uint32_t)size - old;
                reader->pending_count = 0;
            } else {
                size = header(reader, bytes + at, count - at);
                if (size < 0) return -1;
                if (size == 0) {
                    reader->pending_count = (uint32_t)(count - at);
                    memcpy(reader->pending, bytes + at, count - at);
                    return 0;
                }
                at += (size_t)size;
            }
            if (reader->mode == C_IN_PLACE) {
                size_t taken = take_in_place(reader, bytes + at, count - at);
                if (taken) {
                    at += taken;
                    continue;
                }
            }
        }
        c_stream *stream = &reader->streams[reader->current];
        size_t part = reader->left < count - at ? reader->left : count - at;
        if (reader->mode == C_IN_BUFFER) {
            if (stream->room < stream->length) {
                stream->payload = realloc(stream->payload, stream->length);
                stream->room = stream->length;
            }
        } else if (!stream->payload) {
            stream->payload = malloc(stream->length ? stream->length : 1);
        }
        if (!stream->payload) return -1;
        memcpy(stream->payload + stream->got, bytes + at, part);
        at += part;
        stream->got += (uint32_t)part;
        reader->left -= (uint32_t)part;
        if (reader->left) return 0;
        if (stream->got == stream->length) finish(reader, stream);
    }
}
