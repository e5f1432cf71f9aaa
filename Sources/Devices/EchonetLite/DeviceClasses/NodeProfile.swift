// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// Node profile. Source: ECHONET Lite Appendix, 0x0EF0.
  public static let nodeProfile = DeviceClass(
    code: 0x0EF0, name: "Node profile", japaneseName: "ノードプロファイル",
    table: """
      80 R-R operatingStatus: state/1 30=true 31=false
      82 R-o version: raw 4..4
      83 R-o id: raw 17..17
      88 o-o faultStatus: state/1 41=true 42=false
      89 o-o faultDescription: state/2 0000=noFault
      8A R-o manufacturer(MC): raw 3..3
      8B o-o businessFacilityCode: raw 3..3
      8C o-o productCode: raw 12..12
      8D o-o serialNumber: raw 12..12
      8E o-o productionDate: date
      9D R-o DEL: raw 1..17
      9E R-o DEL: raw 1..17
      9F R-o DEL: raw 1..17
      BF ooo uid: raw 2..2
      D3 R-o selfNodeInstances: raw 3..3
      D4 R-o selfNodeClasses: u16 1..253
      D5 o-R instanceListNotification: {numberOfinstances: u8 0..84; instanceList: [0..84: raw 3..3]}
      D6 R-o selfNodeInstanceListS: {numberOfInstances: u8 0..84; instanceList: [0..84: raw 3..3]}
      D7 R-o selfNodeClassListS: {numberOfClasses: u8 1..8; classList: [0..8: raw 2..2]}
      """)
}
