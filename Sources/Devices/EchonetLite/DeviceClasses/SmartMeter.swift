// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// Low-voltage smart electric energy meter. Source: ECHONET Lite Appendix, 0x0288.
  public static let smartMeter = DeviceClass(
    code: 0x0288, name: "Low-voltage smart electric energy meter", japaneseName: "低圧スマート電力量メータ",
    table: """
      C0 C-o routeBId: raw 16..16
      D0 R-o cumulativeElectricEnergyAtEveryMinute: {dateAndTime: datetime/7; normalDirectionElectricEnergy: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData; reverseDirectionElectricEnergy: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData}
      D3 o-o coefficient: u32 0..999999
      D7 R-o numberOfEffectiveDigitsCumulativeElectricEnergy: u8 digit 1..8
      E0 R-o normalDirectionCumulativeElectricEnergy: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData
      E1 R-o unitForCumulativeElectricEnergy: code/1 00=1 01=0.1 02=0.01 03=0.001 04=0.0001 0A=10 0B=100 0C=1000 0D=10000
      E2 R-o normalDirectionCumulativeElectricEnergyLog1: {day: u16 0..99 | state/2 00FF=defaultValue; electricEnergy: [48..48: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData]}
      E3 C-o reverseDirectionCumulativeElectricEnergy: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData
      E4 C-o reverseDirectionCumulativeElectricEnergyLog1: {day: u16 0..99 | state/2 00FF=defaultValue; electricEnergy: [48..48: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData]}
      E5 RRo dayForTheHistoricalDataOfCumulativeElectricEnergy1: u8 0..99 | state/1 FF=defaultValue
      E7 R-o instantaneousElectricPower: i32 W -2147483647..2147483645 | state/4 7FFFFFFE=noData
      E8 R-o instantaneousCurrent: {rPhase: i16 x0.1 A -32767..32765 | state/2 7FFE=noData; tPhase: i16 x0.1 A -32767..32765 | state/2 7FFE=noData}
      EA R-o normalDirectionCumulativeElectricEnergyAtEvery30Min: {dateAndTime: datetime/7; electricEnergy: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData}
      EB C-o reverseDirectionCumulativeElectricEnergyAtEvery30Min: {dateAndTime: datetime/7; electricEnergy: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData}
      EC o-o cumulativeElectricEnergyLog2: {dateAndTime: datetime/6; numberOfCollectionSegments: u8 1..12; electricEnergy: [0..12: {normalDirectionElectricEnergy: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData; reverseDirectionElectricEnergy: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData}]}
      ED ooo dayForTheHistoricalDataOfCumulativeElectricEnergy2: {dateAndTime: datetime/6; numberOfCollectionSegments: u8 1..12}
      EE R-o cumulativeElectricEnergyLog3: {dateAndTime: datetime/6; numberOfCollectionSegments: u8 1..10; electricEnergy: [0..10: {normalDirectionElectricEnergy: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData; reverseDirectionElectricEnergy: u32 kWh 0..99999999 *D3*E1 | state/4 FFFFFFFE=noData}]}
      EF RRo dayForTheHistoricalDataOfCumulativeElectricEnergy3: {dateAndTime: datetime/6; numberOfCollectionSegments: u8 1..10}
      """,
    meter: MeterRole(
      [
        .init(
          .purchased, [.halfHours(fixed: 0xEA, history: 0xE2, present: 0xE0, isStamped: false)],
          usualLimit: 50_000),
        .init(
          .sold, [.halfHours(fixed: 0xEB, history: 0xE4, present: 0xE3, isStamped: false)],
          usualLimit: 50_000),
      ],
      scale: .init(unit: 0xE1, coefficient: 0xD3, multiplier: nil, digits: 0xD7), historyDay: 0xE5,
      power: .init(code: 0xE7, part: .grid, byteCount: 4)))
}
