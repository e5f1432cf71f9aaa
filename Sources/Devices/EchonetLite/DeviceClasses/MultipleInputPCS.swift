// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// Multiple-input power conditioner. Source: ECHONET Lite Appendix, 0x02A5.
  public static let multipleInputPCS = DeviceClass(
    code: 0x02A5, name: "Multiple input pcs", japaneseName: "マルチ入力PCS",
    table: """
      80 RoR operationStatus: state/1 30=true 31=false
      83 R-o id: raw 17..17
      89 R-o faultDescription: state/2 0000=noFault
      8C R-o productCode: raw 12..12
      97 Roo currentTime: time/2
      98 Roo currentDate: date
      D0 R-o powerSystemInterconnectionStatus: state/1 00=reversePowerFlowAcceptable 01=independent 02=reversePowerFlowNotAcceptable
      E0 R-o normalDirectionElectricEnergy: u32 x0.001 kWh 0..999999999
      E3 R-o reverseDirectionElectricEnergy: u32 x0.001 kWh 0..999999999
      E7 R-o instantaneousElectricPower: i32 W -2147483647..2147483645
      E8 R-o connectedDeviceList: {numberOfConnectedDeviceObjects: u8 1..10; connectedDeviceObjectList: [1..10: raw 3..3]}
      """,
    meter: MeterRole(
      [
        .init(.generated, [.running(0xE3)], usualLimit: 65_533),
        .init(.batteryCharged, [.running(0xE0)], usualLimit: 65_533),
      ], mixture: .output, yieldsTo: [0x0279]))
}
