// SPDX-License-Identifier: Apache-2.0

// The limits that benchmarks are measured against, in C, with nothing of ours in between.
#ifndef RAW_LIMITS_H
#define RAW_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/// Hashes `count` nonces of a header by OpenSSL's low-level SHA-256 with the state of the first
/// whole blocks reused. Returns a byte of the last digest, so that nothing is optimised away.
int raw_sha256(const uint8_t *header, size_t length, uint64_t count);

/// One signed message.
typedef struct {
  const uint8_t *signature;
  const uint8_t *message;
  size_t length;
  const uint8_t *key;
} raw_signed;

/// Verifies `count` signed messages by libsodium. Returns how many were good. They must differ: of one
/// message again and again the processor learns the branches.
uint64_t raw_verify(const raw_signed *messages, uint64_t count);

/// Inserts rows into a new SQLite file (WAL, FULL): `transactions` times `rows` rows with a blob of
/// `bytes` bytes, in key order. Returns 0 when all went well.
int raw_sqlite(const char *path, int transactions, int rows, int bytes);

#endif
