// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// High-voltage smart electric energy meter. Source: ECHONET Lite Appendix, 0x028A.
  public static let highVoltageMeter = DeviceClass(
    code: 0x028A, name: "High-voltage smart electric energy meter", japaneseName: "高圧スマート電力量メータ",
    table: """
      C1 R-o monthlyMaximumElectricPowerDemand: u32 kW 0..99999999 | state/4 FFFFFFFE=noData
      C2 o-o cumulativeMaximumElectricPowerDemand: u32 kW 0..99999999
      C3 R-o averageElectricPowerDemand: {dateAndTime: datetime/7; electricPower: u32 kW 0..99999999 | state/4 FFFFFFFE=noData}
      C4 R-o numberOfEffectiveDigitsOfElectricPowerDemand: u8 digit 1..8
      C5 R-o unitOfElectricPowerDemand: code/1 00=1 01=0.1 02=0.01 03=0.001 04=0.0001 0A=10 0B=100 0C=1000 0D=10000
      C6 R-o electricPowerDemandLog: {day: u16 0..99 | state/2 00FF=defaultValue; electricPower: [48..48: u32 kW 0..99999999 | state/4 FFFFFFFE=noData]}
      C7 o-o unitOfCumulativeMaxElectricPowerDemand: code/1 00=1 01=0.1 02=0.01 03=0.001 04=0.0001 0A=10 0B=100 0C=1000 0D=10000
      CA o-o cumulativeReactiveElectricEnergy: {dateAndTime: datetime/7; reactiveElectricEnergy: u32 kvarh 0..99999999 *CD*D3*D4 | state/4 FFFFFFFE=noData}
      CB o-o cumulativeReactiveElectricEnergyAtEvery30Min: {dateAndTime: datetime/7; reactiveElectricEnergy: u32 kvarh 0..99999999 *CD*D3*D4 | state/4 FFFFFFFE=noData}
      CC o-o numberOfEffectiveDigitsForCumulativeReactiveElectricPowerConsumptionLagOfPowerFactor: u8 digit 1..8
      CD o-o unitOfCumulativeReactiveElectricPowerConsumptionLag: code/1 00=1 01=0.1 02=0.01 03=0.001 04=0.0001 0A=10 0B=100 0C=1000 0D=10000
      CE o-o cumulativeReactiveElectricEnergyLog: {day: u16 0..99 | state/2 00FF=defaultValue; reactiveElectricEnergy: [48..48: u32 kvarh 0..99999999 *CD*D3*D4 | state/4 FFFFFFFE=noData]}
      D3 R-o coefficient: u32 0..999999
      D4 R-o multiplyingFactorForCoefficient: code/1 00=1 01=0.1 02=0.01 03=0.001
      E0 R-o fixedDate: u8 1..31
      E1 RRo dayForTheHistoricalDataOfCumulativeElectricEnergy: u8 0..99 | state/1 FF=defaultValue
      E2 R-o cumulativeActiveElectricEnergy: {dateAndTime: datetime/7; activeElectricEnergy: u32 kWh 0..99999999 *D3*D4*E6 | state/4 FFFFFFFE=noData}
      E3 R-o cumulativeActiveElectricEnergyAtEvery30Min: {dateAndTime: datetime/7; activeElectricEnergy: u32 kWh 0..99999999 *D3*D4*E6 | state/4 FFFFFFFE=noData}
      E4 o-o cumulativeActiveElectricEnergyForPowerFactor: {dateAndTime: datetime/7; activeElectricEnergy: u32 kWh 0..99999999 *D3*D4*E6 | state/4 FFFFFFFE=noData}
      E5 R-o numberOfEffectiveDigitsForCumulativeActiveElectricEnergy: u8 digit 1..8
      E6 R-o unitOfCumulativeEffectiveElectricEnergy: code/1 00=1 01=0.1 02=0.01 03=0.001 04=0.0001 0A=10 0B=100 0C=1000 0D=10000
      E7 R-o activeElectricEnergyLog: {day: u16 0..99 | state/2 00FF=defaultValue; activeElectricEnergy: [48..48: u32 kWh 0..99999999 *D3*D4*E6 | state/4 FFFFFFFE=noData]}
      """,
    meter: MeterRole(
      [
        .init(
          .purchased, [.halfHours(fixed: 0xE3, history: 0xE7, present: 0xE2, isStamped: true)],
          usualLimit: 4_000_000)
      ],
      scale: .init(unit: 0xE6, coefficient: 0xD3, multiplier: 0xD4, digits: 0xE5), historyDay: 0xE1,
      yieldsTo: [0x0288]))
}
