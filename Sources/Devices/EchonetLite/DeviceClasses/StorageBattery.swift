// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// Storage battery. Source: ECHONET Lite Appendix, 0x027D.
  public static let storageBattery = DeviceClass(
    code: 0x027D, name: "Storage battery", japaneseName: "蓄電池",
    table: """
      83 o-o id: raw 17..17
      89 R-o faultDescription: state/2 0000=noFault
      8C R-o productCode: raw 12..12
      97 Roo currentTime: time/2
      98 Roo currentDate: date
      A0 R-o acEffectiveChargingCapacity: u32 Wh 0..999999999
      A1 R-o acEffectiveDischargingCapacity: u32 Wh 0..999999999
      A2 R-o acChargeableCapacity: u32 Wh 0..999999999
      A3 R-o acDischargeableCapacity: u32 Wh 0..999999999
      A4 R-o acChargeableElectricEnergy: u32 Wh 0..999999999
      A5 R-o acDischargeableElectricEnergy: u32 Wh 0..999999999
      A6 ooo acChargeUpperLimit: u8 % 0..100
      A7 ooo acDischargeLowerLimit: u8 % 0..100
      A8 R-o acCumulativeChargingElectricEnergy: u32 x0.001 kWh 0..999999999
      A9 R-o acCumulativeDischargingElectricEnergy: u32 x0.001 kWh 0..999999999
      AA RRR acTargetChargingElectricEnergy: u32 Wh 1..999999999 | state/4 00000000=noSetting
      AB RRR acTargetDischargingElectricEnergy: u32 Wh 1..999999999 | state/4 00000000=noSetting
      C1 RoR chargingMethod: state/1 01=maximum 02=surplus 03=designatedPower 04=designatedCurrent 00=other
      C2 RoR dischargingMethod: state/1 01=maximum 02=loadFollowing 03=designatedPower 04=designatedCurrent 00=other
      C7 o-o acRatedElectricEnergy: u32 Wh 0..999999999
      C8 R-o minimumAndMaximumChargingElectricPower: {minValue: u32 W 0..999999999; maxValue: u32 W 0..999999999}
      C9 R-o minimumAndMaximumDischargingElectricPower: {minValue: u32 W 0..999999999; maxValue: u32 W 0..999999999}
      CA o-o minimumAndMaximumChargingCurrent: {minValue: u16 x0.1 A 0..32766; maxValue: u16 x0.1 A 0..32766}
      CB o-o minimumAndMaximumDischargingCurrent: {minValue: u16 x0.1 A 0..32766; maxValue: u16 x0.1 A 0..32766}
      CC ooo reInterconnectionPermission: state/1 41=permitted 42=prohibited
      CD ooo operationPermission: state/1 41=permitted 42=prohibited
      CE ooo independentOperationPermission: state/1 41=permitted 42=prohibited
      CF R-R actualOperationMode: state/1 41=rapidCharging 42=charging 43=discharging 44=standby 45=test 46=auto 48=restart 49=capacityRecalculation 40=other
      D0 o-o ratedElectricEnergy: u32 Wh 0..999999999
      D1 o-o ratedCapacity: u16 x0.1 Ah 0..32766
      D2 o-o ratedVoltage: u16 V 0..32766
      D3 o-o instantaneousChargingAndDischargingElectricPower: i32 W -999999999..999999999
      D4 o-o instantaneousChargingAndDischargingCurrent: i16 x0.1 A -32767..32766
      D5 o-o instantaneousChargingAndDischargingVoltage: i16 V -32767..32766
      D6 o-o cumulativeDischargingElectricEnergy: u32 x0.001 kWh 0..999999999
      D7 -o- resetCumulativeDischargingElectricEnergy: state/1 00=reset
      D8 o-o cumulativeChargingElectricEnergy: u32 x0.001 kWh 0..999999999
      D9 -o- resetCumulativeChargingElectricEnergy: state/1 00=reset
      DA RRR operationMode: state/1 41=rapidCharging 42=charging 43=discharging 44=standby 45=test 46=auto 48=restart 49=capacityRecalculation 40=other
      DB R-o powerSystemInterconnectionStatus: state/1 00=reversePowerFlowAcceptable 01=independent 02=reversePowerFlowNotAcceptable
      DC o-o minimumAndMaximumChargingPowerAtIndependent: {minValue: u32 W 0..999999999; maxValue: u32 W 0..999999999}
      DD o-o minimumAndMaximumDischargingPowerAtIndependent: {minValue: u32 W 0..999999999; maxValue: u32 W 0..999999999}
      DE o-o minimumAndMaximumChargingCurrentAtIndependent: {minValue: u16 x0.1 A 0..32766; maxValue: u16 x0.1 A 0..32766}
      DF o-o minimumAndMaximumDischargingCurrentAtIndependent: {minValue: u16 x0.1 A 0..32766; maxValue: u16 x0.1 A 0..32766}
      E0 ooo chargingAndDischargingAmount1: u32 Wh 1..999999999 | i32 Wh -999999999..-1
      E1 ooo chargingAndDischargingAmount2: i16 x0.1 Ah 1..32766 | i16 x0.1 Ah -32767..-1
      E2 C-o remainingCapacity1: u32 Wh 0..999999999
      E3 C-o remainingCapacity2: u16 x0.1 Ah 0..32766
      E4 C-o remainingCapacity3: u8 % 0..100
      E5 o-o batteryHealthState: u8 % 0..100
      E6 R-o batteryType: state/1 00=unknown 01=lead 02=ni_mh 03=ni_cd 04=lib 05=zinc 06=alkaline
      E7 ooo chargingAmount1: u32 Wh 0..999999999
      E8 ooo dischargingAmount1: u32 Wh 0..999999999
      E9 ooo chargingAmount2: u16 x0.1 Ah 0..32766
      EA ooo dischargingAmount2: u16 x0.1 Ah 0..32766
      EB ooo chargingPower: u32 W 0..999999999
      EC ooo dischargingPower: u32 W 0..999999999
      ED ooo chargingCurrent: u16 x0.1 A 0..65533
      EE ooo dischargingCurrent: u16 x0.1 A 0..65533
      EF o-o ratedVoltageAtIndependent: u16 V 0..32766
      """,
    meter: MeterRole(
      [
        .init(
          .batteryCharged, [.running(0xA8), .running(0xD8), .power(0xD3, isNegative: false)],
          rated: 0xC8, usualLimit: 20_000),
        .init(
          .batteryDischarged, [.running(0xA9), .running(0xD6), .power(0xD3, isNegative: true)],
          rated: 0xC9, usualLimit: 20_000),
      ], power: .init(code: 0xD3, part: .battery, byteCount: 4), stateOfCharge: 0xE4))
}
