// SPDX-License-Identifier: Apache-2.0

#include <zlib.h>

/// deflateInit2 is a macro, which Swift does not see.
static inline int hinata_gzip_begin(z_stream *stream) {
  return deflateInit2(stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
