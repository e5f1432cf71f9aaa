// SPDX-License-Identifier: Apache-2.0

#define OPENSSL_SUPPRESS_DEPRECATED
#include "hinata_sha256.h"

#include <openssl/sha.h>
#include <string.h>

static void compress(uint32_t words[8], const uint8_t *block) {
  SHA256_CTX context;
  memcpy(context.h, words, 32);
  SHA256_Transform(&context, block);
  memcpy(words, context.h, 32);
}

static void store32(uint8_t *to, uint32_t word) {
  to[0] = (uint8_t)(word >> 24);
  to[1] = (uint8_t)(word >> 16);
  to[2] = (uint8_t)(word >> 8);
  to[3] = (uint8_t)word;
}

static void store64(uint8_t *to, uint64_t word) {
  store32(to, (uint32_t)(word >> 32));
  store32(to + 4, (uint32_t)word);
}

void hinata_sha256_start(hinata_sha256_state *state) {
  SHA256_CTX context;
  SHA256_Init(&context);
  memset(state, 0, sizeof *state);
  memcpy(state->words, context.h, 32);
}

void hinata_sha256_update(hinata_sha256_state *state, const void *bytes, size_t count) {
  const uint8_t *from = bytes;
  state->length += count;
  while (count > 0) {
    if (state->pending_count == 0 && count >= 64) {
      compress(state->words, from);
      from += 64;
      count -= 64;
      continue;
    }
    size_t room = 64 - state->pending_count;
    size_t taken = count < room ? count : room;
    memcpy(state->pending + state->pending_count, from, taken);
    state->pending_count += (uint32_t)taken;
    from += taken;
    count -= taken;
    if (state->pending_count == 64) {
      compress(state->words, state->pending);
      state->pending_count = 0;
    }
  }
}

void hinata_sha256_finish(hinata_sha256_state *state, uint8_t digest[32]) {
  uint64_t bits = state->length * 8;
  state->pending[state->pending_count++] = 0x80;
  if (state->pending_count > 56) {
    memset(state->pending + state->pending_count, 0, 64 - state->pending_count);
    compress(state->words, state->pending);
    state->pending_count = 0;
  }
  memset(state->pending + state->pending_count, 0, 56 - state->pending_count);
  store64(state->pending + 56, bits);
  compress(state->words, state->pending);
  for (int i = 0; i < 8; i++) store32(digest + 4 * i, state->words[i]);
}

void hinata_sha256(const void *bytes, size_t count, uint8_t digest[32]) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, bytes, count);
  SHA256_Final(digest, &context);
}

int hinata_sha256_search(const hinata_sha256_state *state, const uint8_t *tail, size_t tail_count,
                         uint64_t first, uint64_t count, const uint8_t target[32],
                         uint64_t *found) {
  if (tail_count < 8 || tail_count > 55 || state->pending_count != 0) return 0;
  uint8_t block[64] = {0};
  memcpy(block, tail, tail_count);
  block[tail_count] = 0x80;
  store64(block + 56, (state->length + tail_count) * 8);
  uint32_t limit[8];
  for (int i = 0; i < 8; i++)
    limit[i] = (uint32_t)target[4 * i] << 24 | (uint32_t)target[4 * i + 1] << 16 |
               (uint32_t)target[4 * i + 2] << 8 | target[4 * i + 3];
  SHA256_CTX context;
  for (uint64_t i = 0; i < count; i++) {
    uint64_t nonce = first + i;
    store64(block + tail_count - 8, nonce);
    memcpy(context.h, state->words, 32);
    SHA256_Transform(&context, block);
    for (int w = 0; w < 8; w++) {
      if (context.h[w] > limit[w]) break;
      if (context.h[w] < limit[w] || w == 7) {
        *found = nonce;
        return 1;
      }
    }
  }
  return 0;
}
