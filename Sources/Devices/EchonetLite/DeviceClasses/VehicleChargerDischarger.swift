// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// EV charger and discharger (V2H). Source: ECHONET Lite Appendix, 0x027E.
  public static let vehicleChargerDischarger = DeviceClass(
    code: 0x027E, name: "EV charger and discharger", japaneseName: "電気自動車充放電器",
    table: """
      89 R-o faultDescription: state/2 0000=noFault
      8C R-o productCode: raw 12..12
      C0 R-o dischargeableCapacity1: u32 Wh 0..999999999
      C1 o-o dischargeableCapacity2: u16 x0.1 Ah 0..32766
      C2 R-o remainingDischargeableCapacity1: u32 Wh 0..999999999
      C3 o-o remainingDischargeableCapacity2: u16 x0.1 Ah 0..32766
      C4 R-o remainingDischargeableCapacity3: u8 % 0..100
      C5 R-o ratedChargeElectricPower: u32 W 0..999999999
      C6 R-o ratedDischargeElectricPower: u32 W 0..999999999
      C7 R-R chargeDischargeStatus: state/1 FF=undefined 30=notConnected 40=connected 41=chargeable 42=dischargeable 43=chargeableDischargeable 44=unknown
      C8 R-o minimumAndMaximumChargingElectricPower: {minimumElectricPower: u32 W 0..999999999; maximumElectricPower: u32 W 0..999999999}
      C9 R-o minimumAndMaximumDischargingElectricPower: {minimumElectricPower: u32 W 0..999999999; maximumElectricPower: u32 W 0..999999999}
      CA R-o minimumAndMaximumChargingCurrent: {minimumCurrent: u16 x0.1 A 0..32766; maximumCurrent: u16 x0.1 A 0..32766}
      CB R-o minimumAndMaximumDischargingCurrent: {minimumCurrent: u16 x0.1 A 0..32766; maximumCurrent: u16 x0.1 A 0..32766}
      CC R-o equipmentType: state/1 11=ac_cplt 12=ac_hlc_charge 13=ac_hlc_chargedischarge 21=dc_aa_charge 22=dc_aa_chargedischarge 23=dc_aa_discharge 31=dc_bb_charge 32=dc_bb_chargedischarge 33=dc_bb_discharge 41=dc_ee_charge 42=dc_ee_chargedischarge 43=dc_ee_discharge 51=dc_ff_charge 52=dc_ff_chargedischarge 53=dc_ff_discharge
      CD -R- vehicleConnectionConfirmation: state/1 10=confirmation
      CE R-o chargeableCapacity: u32 Wh 0..999999999
      CF R-o remainingChargeableCapacity: u32 Wh 0..999999999
      D0 R-o usedCapacity1: u32 Wh 0..999999999
      D1 o-o usedCapacity2: u16 x0.1 Ah 0..32766
      D2 o-o ratedVoltage: u16 V 0..32766
      D3 o-o instantaneousElectricPower: i32 W -999999999..999999999
      D4 o-o instantaneousCurrent: i16 x0.1 A -32767..32766
      D5 o-o instantaneousVoltage: i16 V -32767..32766
      D6 o-o cumulativeDischargingElectricEnergy: u32 x0.001 kWh 0..999999999
      D7 -o- resetCumulativeDischargingElectricEnergy: state/1 00=reset
      D8 o-o cumulativeChargingElectricEnergy: u32 x0.001 kWh 0..999999999
      D9 -o- resetCumulativeChargingElectricEnergy: state/1 00=reset
      DA RRR operationMode: state/1 42=charge 43=discharge 44=standby 46=chargingDischarging 47=idle 48=preparation 49=automatic 40=other
      DB o-o powerSystemInterconnectionStatus: state/1 00=reversePowerFlowAcceptable 01=independent 02=reversePowerFlowNotAcceptable
      DC RoR chargingMethod: state/1 00=others 01=maximumChargingElectricPower 02=surplusElectricPower 03=designatedElectricPower 04=designatedElectricCurrent 05=designatedPurchasingElectricPower 06=v2G
      DD RoR dischargingMethod: state/1 00=others 01=maximumDischargingElectricPower 02=loadFollowing 03=designatedElectricPower 04=designatedElectricCurrent 05=designatedPurchasingElectricPower 06=v2G
      DE ooo purchasingElectricPower: u32 W 0..999999999
      DF ooo reInterconnectionPermission: state/1 41=permitted 42=prohibited
      E0 ooo chargingDischargingElectricPower: i32 W -999999999..999999999
      E1 o-R actualOperationMode: state/1 42=charge 43=discharge 44=standby 47=idle 48=preparation 40=other
      E2 R-o remainingCapacity1: u32 Wh 0..999999999
      E3 o-o remainingCapacity2: u16 x0.1 Ah 0..32766
      E4 R-o remainingCapacity3: u8 % 0..100
      E5 o-R maintenanceStatus: state/1 41=necessary 42=notNecessary
      E6 R-o vehicleId: {dataSize: u8 0..24; id: raw 0..24}
      E7 ooo targetChargingElectricEnergy1: u32 Wh 0..999999999
      E9 ooo targetChargingElectricEnergy2: u16 x0.1 Ah 0..32766
      EA ooo targetDischargingElectricEnergy: u32 Wh 0..999999999
      EB ooo chargingElectricPower: u32 W 0..999999999
      EC ooo dischargingElectricPower: u32 W 0..999999999
      ED ooo chargingCurrent: u16 x0.1 A 0..65533
      EE ooo dischargingCurrent: u16 x0.1 A 0..65533
      EF o-o ratedVoltageOfIndependentOperation: u16 V 0..32766
      """,
    meter: MeterRole(
      [
        .init(
          .vehicleCharged, [.running(0xD8), .power(0xD3, isNegative: false)], rated: 0xC5,
          usualLimit: 20_000),
        .init(
          .vehicleDischarged, [.running(0xD6), .power(0xD3, isNegative: true)], rated: 0xC6,
          usualLimit: 20_000),
      ], power: .init(code: 0xD3, part: .vehicle, byteCount: 4), stateOfCharge: 0xE4))
}
