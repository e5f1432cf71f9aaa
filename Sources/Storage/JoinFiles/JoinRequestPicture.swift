// SPDX-License-Identifier: Apache-2.0

public import Joining
import QRCodes

/// A request as a QR code.
public enum JoinRequestPicture {
  /// For a page or a printer.
  public static func svg(_ request: JoinRequest) throws -> String {
    try QRCode(JoinRequestFile.text(request)).svg
  }

  /// For a terminal.
  public static func text(_ request: JoinRequest) throws -> String {
    try QRCode(JoinRequestFile.text(request)).text
  }
}
