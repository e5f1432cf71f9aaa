// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// Controller. Source: ECHONET Lite Appendix, 0x05FF.
  public static let controller = DeviceClass(
    code: 0x05FF, name: "Controller", japaneseName: "コントローラ",
    table: """
      C0 o-o controllerId: raw 1..40
      C1 o-o numberOfDevices: u16 0..65533
      C2 ooo deviceListIndex: u16 0..65533
      C3 o-o deviceId: raw 1..40
      C4 o-o deviceType: raw 2..2
      C5 o-o name: raw 1..64
      C6 o-o connectionStatus: state/1 41=connected 42=disconnected 43=notRegistered 44=deleted
      C7 o-o businessCode: raw 3..3
      C8 o-o productCode: raw 1..12
      C9 o-o manufactureDate: date
      CA o-o renewalDate: date
      CB o-o renewalVersionInformation: u16 0..65533
      CC o-o place: raw 1..1
      CD o-o faultStatusOfDevice: state/1 41=true 42=false
      CE o-o setPropertyMapForDevice: raw 1..17
      CF o-o getPropertyMapForDevice: raw 1..17
      E0 o-o address: raw 1..255
      """)
}
