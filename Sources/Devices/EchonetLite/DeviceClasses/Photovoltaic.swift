// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// Household solar power generation. Source: ECHONET Lite Appendix, 0x0279.
  public static let photovoltaic = DeviceClass(
    code: 0x0279, name: "Household solar power generation", japaneseName: "住宅用太陽光発電",
    table: """
      83 R-o id: raw 17..17
      89 R-o faultDescription: state/2 0000=noFault
      8C R-o productCode: raw 12..12
      97 Coo currentTime: time/2
      98 Coo currentDate: date
      A0 CCo outputPowerControl1: u8 % 0..100
      A1 CCo outputPowerControl2: u16 W 0..65533
      A2 Coo surplusPurchaseControl: state/1 41=true 42=false
      B0 C-o outputPowerControlSchedule: {date: date | state/4 FFFFFFFF=unknown; powerControlRatio: [96..96: u8 % 0..100 | state/1 FF=unknown]}
      B1 C-R updateScheduleDateAndTime: datetime/7 | state/7 FFFFFFFFFFFFFF=noControlNoSchedule
      B2 C-o surplusPurchaseControlType: state/1 41=true 42=false
      B3 o-o outputPowerChangeTime: u16 second 0..65533
      B4 C-o upperLimitClip: u16 W 0..65533 | state/2 FFFF=noSetting
      C0 o-o operatingPowerFactor: u8 % 0..100
      C1 RRo contractType: state/1 41=fit 42=non_fit 43=undefined
      C2 R-o selfConsumptionType: state/1 41=withSelfConsumption 42=withoutSelfConsumption 43=unknown
      C3 C-o approvedCapacity: u16 W 0..65533 | state/2 FFFF=noSetting
      C4 C-o conversionCoefficient: u8 % 0..100
      D0 R-o powerSystemInterconnectionStatus: state/1 00=reversePowerFlowAcceptable 01=independent 02=reversePowerFlowNotAcceptable 03=unknown
      D1 R-o outputPowerRestraintStatus: state/1 41=outputControl 42=exceptControl 43=reasonUnknown 44=notPowerRestraint 45=unknown
      E0 R-o instantaneousElectricPowerGeneration: u16 W 0..65533
      E1 R-o cumulativeElectricEnergyOfGeneration: u32 x0.001 kWh 0..999999999
      E2 -o- resetCumulativeElectricEnergyOfGeneration: state/1 00=reset
      E3 o-o cumulativeElectricEnergySold: u32 x0.001 kWh 0..999999999
      E4 -o- resetCumulativeElectricEnergySold: state/1 00=reset
      E5 ooo powerGenerationOutputLimit1: u8 % 0..100
      E6 ooo powerGenerationOutputLimit2: u16 W 0..65533
      E7 ooo limitElectricEnergySold: u16 W 0..65533
      E8 Roo ratedElectricPowerOfgeneration: u16 W 0..65533 | state/2 FFFF=noSetting
      E9 ooo ratedElectricPowerOfgenerationIndependent: u16 W 0..65533
      """,
    meter: MeterRole(
      [.init(.generated, [.running(0xE1)], rated: 0xE8, usualLimit: 65_533)],
      power: .init(code: 0xE0, part: .generated, byteCount: 2)))
}
