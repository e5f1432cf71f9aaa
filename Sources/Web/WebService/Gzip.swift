// SPDX-License-Identifier: Apache-2.0

import CZlib

/// Makes answers smaller. Source: RFC 1952, by zlib.
enum Gzip {
  /// The bytes compressed, or nil where that saves nothing.
  static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    guard hinata_gzip_begin(&stream) == Z_OK else { return nil }
    defer { deflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
    var input = bytes
    let code = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        return deflate(&stream, Z_FINISH)
      }
    }
    guard code == Z_STREAM_END, stream.total_out < bytes.count else { return nil }
    return Array(output[..<Int(stream.total_out)])
  }
}
