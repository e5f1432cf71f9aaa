// SPDX-License-Identifier: Apache-2.0

// SHA-256 through OpenSSL's low-level interface: the state can be kept and reused, which the
// EVP interface only offers by copying it on the heap.
#ifndef HINATA_SHA256_H
#define HINATA_SHA256_H

#include <stddef.h>
#include <stdint.h>

/// A SHA-256 computation under way: eight chaining words and up to one block of pending bytes.
typedef struct {
  uint32_t words[8];
  uint64_t length;
  uint8_t pending[64];
  uint32_t pending_count;
} hinata_sha256_state;

void hinata_sha256_start(hinata_sha256_state *state);
void hinata_sha256_update(hinata_sha256_state *state, const void *bytes, size_t count);
void hinata_sha256_finish(hinata_sha256_state *state, uint8_t digest[32]);

/// SHA-256 of one run of bytes.
void hinata_sha256(const void *bytes, size_t count, uint8_t digest[32]);

/// Tries `count` nonces from `first` on. The message is a prefix of whole 64-byte blocks whose
/// state is `state->words`, then `tail` (at most 55 bytes), whose last 8 bytes are the big-endian
/// nonce. Returns 1 and the nonce when the digest, as a big-endian number, is at most `target`.
int hinata_sha256_search(const hinata_sha256_state *state, const uint8_t *tail, size_t tail_count,
                         uint64_t first, uint64_t count, const uint8_t target[32],
                         uint64_t *found);

#endif
