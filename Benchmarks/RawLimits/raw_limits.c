// SPDX-License-Identifier: Apache-2.0

#define OPENSSL_SUPPRESS_DEPRECATED
#include "raw_limits.h"

#include <openssl/sha.h>
#include <sodium.h>
#include <sqlite3.h>
#include <string.h>

int raw_sha256(const uint8_t *header, size_t length, uint64_t count) {
  size_t whole = length / 64 * 64;
  uint8_t tail[64];
  memcpy(tail, header + whole, length - whole);
  SHA256_CTX start;
  SHA256_Init(&start);
  SHA256_Update(&start, header, whole);
  uint8_t digest[32];
  for (uint64_t nonce = 0; nonce < count; nonce++) {
    for (int i = 0; i < 8; i++) tail[length - whole - 1 - i] = (uint8_t)(nonce >> (8 * i));
    SHA256_CTX context = start;
    SHA256_Update(&context, tail, length - whole);
    SHA256_Final(digest, &context);
  }
  return digest[0];
}

uint64_t raw_verify(const raw_signed *messages, uint64_t count) {
  uint64_t good = 0;
  for (uint64_t i = 0; i < count; i++)
    good += crypto_sign_verify_detached(messages[i].signature, messages[i].message,
                                        messages[i].length, messages[i].key) == 0;
  return good;
}

int raw_sqlite(const char *path, int transactions, int rows, int bytes) {
  sqlite3 *db = NULL;
  sqlite3_stmt *insert = NULL;
  static uint8_t blob[65536];
  if (bytes > (int)sizeof blob || sqlite3_open(path, &db) != SQLITE_OK) return 1;
  sqlite3_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                   "CREATE TABLE t (a INTEGER, b INTEGER, c BLOB, PRIMARY KEY (a, b))"
                   " WITHOUT ROWID", NULL, NULL, NULL);
  int failed = sqlite3_prepare_v2(db, "INSERT INTO t VALUES (?, ?, ?)", -1, &insert, NULL);
  for (int t = 0; t < transactions && !failed; t++) {
    sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
    for (int r = 0; r < rows && !failed; r++) {
      sqlite3_bind_int64(insert, 1, t);
      sqlite3_bind_int64(insert, 2, r);
      sqlite3_bind_blob(insert, 3, blob, bytes, SQLITE_STATIC);
      failed = sqlite3_step(insert) != SQLITE_DONE;
      sqlite3_reset(insert);
    }
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
  }
  sqlite3_finalize(insert);
  sqlite3_close(db);
  return failed;
}
