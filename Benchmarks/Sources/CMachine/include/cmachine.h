// SPDX-License-Identifier: Apache-2.0
// What the machine can do: memcpy, and a chunk reader in C of the shape of ours.
#ifndef CMACHINE_H
#define CMACHINE_H
#include <stddef.h>
#include <stdint.h>

/// Copies bytes, and nobody may leave it out.
void c_copy(void *to, const void *from, size_t count);

typedef struct {
    uint32_t time, delta, length, got, message_stream, room;
    uint8_t type, is_extended;
    uint8_t *payload;
} c_stream;

/// How a reader gives its messages.
enum {
    /// As memory of their own, which the owner frees.
    C_OWN = 0,
    /// As the place where they are, when all of it lies in a piece.
    C_IN_PLACE = 1,
    /// In a buffer that is used again for the next message of the chunk stream.
    C_IN_BUFFER = 2,
};

/// A chunk reader that is fed in any pieces.
typedef struct {
    c_stream streams[64];
    uint32_t chunk_size, current, left;
    uint8_t pending[18];
    uint32_t pending_count;
    int mode;
    uint64_t messages, payload, sum;
} c_reader;

/// A new reader.
void c_reader_init(c_reader *reader, uint32_t chunk_size, int mode);
/// Reads a piece. 0, or -1 when the bytes are wrong.
int c_reader_feed(c_reader *reader, const uint8_t *bytes, size_t count);
/// Frees what messages in progress hold.
void c_reader_end(c_reader *reader);

/// Processor time of this thread in seconds.
double c_cpu(void);
#endif
