// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// EV charger. Source: ECHONET Lite Appendix, 0x02A1.
  public static let vehicleCharger = DeviceClass(
    code: 0x02A1, name: "EV Charger", japaneseName: "電気自動車充電器",
    table: """
      C5 R-o ratedChargeElectricPower: u32 W 0..999999999
      C7 R-R chargeStatus: state/1 FF=undefined 30=notConnected 40=notChargeable 41=chargeable 44=unknown
      C8 o-o minimumAndMaximumChargingElectricPower: {minimumElectricPower: u32 W 0..999999999; maximumElectricPower: u32 W 0..999999999}
      CA o-o minimumAndMaximumChargingCurrent: {minimumCurrent: u16 x0.1 A 0..32766; maximumCurrent: u16 x0.1 A 0..32766}
      CC R-o equipmentType: state/1 10=ac_no_communication 11=ac_cplt 12=ac_hlc_charge 21=dc_aa_charge 31=dc_bb_charge 41=dc_ee_charge 51=dc_ff_charge
      CD -Ro vehicleConnectionConfirmation: state/1 10=connection
      CE R-o chargeableCapacity: u32 Wh 0..999999999
      CF R-o remainingChargeableCapacity: u32 Wh 0..999999999
      D0 R-o usedCapacity1: u32 Wh 0..999999999
      D2 o-o ratedVoltage: u16 V 0..32766
      D3 o-o instantaneousElectricPower: u32 W 0..999999999
      D8 o-o cumulativeChargingElectricEnergy: u32 x0.001 kWh 0..999999999
      D9 -o- resetCumulativeChargingElectricEnergy: state/1 00=reset
      DA RRR operationMode: state/1 42=charge 44=standby 47=idle 40=other
      E2 R-o remainingCapacity1: u32 Wh 0..999999999
      E4 R-o remainingCapacity3: u8 % 0..100
      E6 R-o vehicleId: {dataSize: u8 0..24; id: raw 0..24}
      E7 ooo targetChargingElectricEnergy: u32 Wh 0..999999999
      EB ooo chargingElectricPower: u32 W 0..999999999
      ED ooo chargingCurrent: u16 x0.1 A 0..65533
      """,
    meter: MeterRole(
      [
        .init(
          .vehicleCharged, [.running(0xD8), .power(0xD3, isNegative: false)], rated: 0xC5,
          usualLimit: 20_000)
      ], power: .init(code: 0xD3, part: .vehicle, byteCount: 4)))
}
