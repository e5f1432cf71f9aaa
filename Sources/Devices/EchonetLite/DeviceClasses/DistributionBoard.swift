// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// Power distribution board metering. Source: ECHONET Lite Appendix, 0x0287.
  public static let distributionBoard = DeviceClass(
    code: 0x0287, name: "Power distribution board metering", japaneseName: "分電盤メータリング",
    table: """
      B0 o-o masterRatedCapacity: u8 A 0..253
      B1 o-o numberOfMeasurementChannelsSimplex: u8 1..252 | state/1 FD=undefined
      B2 ooo channelRangeForCumulativeElectricPowerConsumptionSimplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..60 | state/1 FD=undefined}
      B3 o-o cumulativeElectricEnergyListSimplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..60 | state/1 FD=undefined; electricEnergy: [0..60: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData]}
      B4 ooo channelRangeForInstantaneousCurrentSimplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..60 | state/1 FD=undefined}
      B5 o-o instantaneousCurrentListSimplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..60 | state/1 FD=undefined; instantaneousCurrent: [0..60: {rPhase: i16 x0.1 A -32767..32765 | state/2 7FFE=noData; tPhase: i16 x0.1 A -32767..32765 | state/2 7FFE=noData}]}
      B6 ooo channelRangeForInstantaneousPowerConsumptionSimplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..60 | state/1 FD=undefined}
      B7 o-o instantaneousElectricPowerListSimplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..60 | state/1 FD=undefined; instantaneousElectricPower: [0..60: i32 W -2147483647..2147483645 | state/4 7FFFFFFE=noData]}
      B8 o-o numberOfMeasurementChannelsDuplex: u8 1..252 | state/1 FD=undefined
      B9 ooo channelRangeForCumulativeElectricPowerConsumptionDuplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..30 | state/1 FD=undefined}
      BA o-o cumulativeElectricEnergyListDuplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..30 | state/1 FD=undefined; electricEnergy: [0..30: {normalDirectionElectricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; reverseDirectionElectricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData}]}
      BB ooo channelRangeForInstantaneousCurrentDuplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..60 | state/1 FD=undefined}
      BC o-o instantaneousCurrentListDuplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..60 | state/1 FD=undefined; instantaneousCurrent: [0..60: {rPhase: i16 x0.1 A -32767..32765 | state/2 7FFE=noData; tPhase: i16 x0.1 A -32767..32765 | state/2 7FFE=noData}]}
      BD ooo channelRangeForInstantaneousPowerConsumptionDuplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..60 | state/1 FD=undefined}
      BE o-o instantaneousElectricPowerListDuplex: {startChannel: u8 1..252 | state/1 FD=undefined; range: u8 1..60 | state/1 FD=undefined; instantaneousElectricPower: [0..60: i32 W -2147483647..2147483645 | state/4 7FFFFFFE=noData]}
      C0 R-o normalDirectionCumulativeElectricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData
      C1 R-o reverseDirectionCumulativeElectricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData
      C2 R-o unitForCumulativeElectricEnergy: code/1 00=1 01=0.1 02=0.01 03=0.001 04=0.0001 0A=10 0B=100 0C=1000 0D=10000
      C3 o-o normalDirectionCumulativeElectricEnergyLog: {day: u16 0..99 | state/2 00FF=defaultValue; electricEnergy: [48..48: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData]}
      C4 o-o reverseDirectionCumulativeElectricEnergyLog: {day: u16 0..99 | state/2 00FF=defaultValue; electricEnergy: [48..48: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData]}
      C5 ooo dayForTheHistoricalDataCumulativeElectricEnergy: u8 0..99 | state/1 FF=defaultValue
      C6 o-o instantaneousElectricPower: i32 W -2147483647..2147483645 | state/4 7FFFFFFE=noData
      C7 o-o instantaneousCurrent: {rPhase: i16 x0.1 A -32767..32765 | state/2 7FFE=noData; tPhase: i16 x0.1 A -32767..32765 | state/2 7FFE=noData}
      C8 o-o instantaneousVoltage: {rS: u16 x0.1 V 0..65533; sT: u16 x0.1 V 0..65533}
      D0 o-o measurementChannel1: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      D1 o-o measurementChannel2: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      D2 o-o measurementChannel3: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      D3 o-o measurementChannel4: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      D4 o-o measurementChannel5: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      D5 o-o measurementChannel6: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      D6 o-o measurementChannel7: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      D7 o-o measurementChannel8: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      D8 o-o measurementChannel9: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      D9 o-o measurementChannel10: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      DA o-o measurementChannel11: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      DB o-o measurementChannel12: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      DC o-o measurementChannel13: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      DD o-o measurementChannel14: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      DE o-o measurementChannel15: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      DF o-o measurementChannel16: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      E0 o-o measurementChannel17: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      E1 o-o measurementChannel18: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      E2 o-o measurementChannel19: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      E3 o-o measurementChannel20: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      E4 o-o measurementChannel21: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      E5 o-o measurementChannel22: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      E6 o-o measurementChannel23: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      E7 o-o measurementChannel24: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      E8 o-o measurementChannel25: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      E9 o-o measurementChannel26: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      EA o-o measurementChannel27: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      EB o-o measurementChannel28: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      EC o-o measurementChannel29: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      ED o-o measurementChannel30: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      EE o-o measurementChannel31: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      EF o-o measurementChannel32: {electricEnergy: u32 kWh 0..99999999 *C2 | state/4 FFFFFFFE=noData; currentRphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData; currentTphase: i16 of0.1 A -32767..32765 | state/2 7FFE=noData}
      """,
    meter: MeterRole(
      [.init(.consumed, [.running(0xC0)], usualLimit: 50_000)],
      scale: .init(unit: 0xC2, coefficient: nil, multiplier: nil, digits: nil), countsLoads: true))
}
