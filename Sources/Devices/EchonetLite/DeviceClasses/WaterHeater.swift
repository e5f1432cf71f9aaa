// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// Electric and heat-pump water heater. Source: ECHONET Lite Appendix, 0x026B.
  public static let waterHeater = DeviceClass(
    code: 0x026B, name: "Electric water heater", japaneseName: "電気温水器",
    table: """
      90 ooo onTimerReservation: state/1 41=true 42=false
      91 ooo onTimerTime: time/2
      B0 RRR automaticWaterHeating: state/1 41=auto 43=manualNoHeating 42=manualHeating
      B1 ooo automaticWaterHeatingTemperatureControl: state/1 41=true 42=false
      B2 R-R waterHeatingStatus: state/1 41=true 42=false
      B3 ooo targetWaterHeatingTemperature: u8 Celsius 0..100 | state/1 FD=undefined
      B4 ooo heatingStopDays: u8 days 0..252 | state/1 FD=infinite
      B5 ooo relativeTimeHeatingOff: time/2
      B6 ooo tankOperationMode: state/1 41=standard 42=saving 43=extra
      C0 RRo daytimeReheatingPermission: state/1 41=true 42=false
      C1 o-o tankWaterTemperature: u8 Celsius 0..100
      C2 o-R alarmStatus: bits/4
      C3 R-R hotWaterSupplyStatus: state/1 41=true 42=false
      C4 ooo relativeTimeKeepingTemperature: time/2
      C7 RRo energyShiftParticipation: state/1 01=true 00=false
      C8 R-o standardTimeToStartHeating: u8 in(1,20,21,22,23,24)
      C9 R-o numberOfEnergyShifts: u8 1..2
      CA RRo waterHeatingShiftTime1: state/1 09=at0900 0A=at1000 0B=at1100 0C=at1200 0D=at1300 0E=at1400 0F=at1500 10=at1600 11=at1700 | state/1 00=cleared
      CB R-o estimatedElectricEnergyAtShiftTime1: {at1000: u32 Wh 0..4294967293; at1300: u32 Wh 0..4294967293; at1500: u32 Wh 0..4294967293; at1700: u32 Wh 0..4294967293}
      CC R-o electricEnergyConsumptionRate1: {at1000: u16 Wh 0..65533; at1300: u16 Wh 0..65533; at1500: u16 Wh 0..65533; at1700: u16 Wh 0..65533}
      CD RRo waterHeatingShiftTime2: state/1 0A=at1000 0B=at1100 0C=at1200 0D=at1300 0E=at1400 0F=at1500 10=at1600 11=at1700 | state/1 00=cleared
      CE R-o estimatedElectricEnergyAtShiftTime2: {at1300: u32 Wh 0..4294967293; at1500: u32 Wh 0..4294967293; at1700: u32 Wh 0..4294967293}
      CF R-o electricEnergyConsumptionRate2: {at1300: u16 Wh 0..65533; at1500: u16 Wh 0..65533; at1700: u16 Wh 0..65533}
      D1 ooo targetSuppliedWaterTemperature: u8 Celsius 0..100
      D3 ooo targetBathWaterTemperature: u8 Celsius 0..100
      D4 ooo bathWaterVolume4: u8 1..255
      D5 o-o maximumAllowableWaterVolume4: u8 1..255
      D6 ooo volume: u8 % 0..100
      D7 ooo mute: state/1 30=true 31=false
      D8 o-o remainingWaterVolume: u16 L 0..65533
      D9 ooo surplusPowerPrediction: {month: u8 1..12; day: u8 1..31; hour: u8 0..23; surplusEnergyPredictionValue: [24..24: i16 x10 Wh -32767..32765 | state/2 8000=invalid]}
      DB o-o winterRatedPower: u16 W 0..65533
      DC o-o betweenSeasonRatedPower: u16 W 0..65533
      DD o-o summerRatedPower: u16 W 0..65533
      E0 ooo targetWaterHeatingVolume: u8 % 0..100
      E1 o-o remainingWater: u16 L 0..65533
      E2 o-o tankCapacity: u16 L 0..65533
      E3 QQo automaticBathOperation: state/1 41=true 42=false
      E4 ooo bathReheatingOperation: state/1 41=true 42=false
      E5 ooo bathHotWaterAddition: state/1 41=true 42=false
      E6 ooo bathLukewarmWaterFunction: state/1 41=true 42=false
      E7 ooo bathWaterVolume1: u8 L 0..253
      E8 ooo bathWaterVolume2: level 31 8
      E9 o-o bathroomPriority: state/1 41=true 42=false
      EA o-R bathOperationStatusMonitor: state/1 41=runningHotWater 42=noOperation 43=keepingTemperature
      EE ooo bathWaterVolume3: u16 L 0..65533
      """)
}
