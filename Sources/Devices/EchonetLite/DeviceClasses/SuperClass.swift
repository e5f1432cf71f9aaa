// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// Device object super class: what every device has. Source: ECHONET Lite Appendix, 0x0000.
  public static let superClass = DeviceClass(
    code: 0x0000, name: "Super class", japaneseName: "スーパークラス",
    table: """
      80 RoR operationStatus: state/1 30=true 31=false
      81 RRR installationLocation: raw 1..1 | raw 17..17
      82 R-o protocol: raw 4..4
      83 o-o id: raw 17..17
      84 o-o instantaneousElectricPowerConsumption: u16 W 0..65533
      85 o-o consumedCumulativeElectricEnergy: u32 x0.001 kWh 0..999999999
      86 o-o manufacturerFaultCode: raw 1..255
      87 ooo currentLimit: u8 % 0..100
      88 R-R faultStatus: state/1 41=true 42=false
      89 o-o faultDescription: state/2 0000=noFault
      8A R-o manufacturer: raw 3..3
      8B o-o businessFacilityCode: raw 3..3
      8C o-o productCode: raw 12..12
      8D o-o serialNumber: raw 12..12
      8E o-o productionDate: date
      8F ooo powerSaving: state/1 41=true 42=false
      93 ooo remoteControl: state/1 41=true 42=false 61=true 62=false
      97 ooo DEL: time/2
      98 ooo currentDateAndTime: date
      99 ooo powerLimit: u16 W 0..65533
      9A o-o hourMeter: {unit: state/1 41=second 42=minute 43=hour 44=day; time: u32 0..4294967295}
      9D R-o DEL: raw 1..17
      9E R-o DEL: raw 1..17
      9F R-o DEL: raw 1..17
      """)
}
