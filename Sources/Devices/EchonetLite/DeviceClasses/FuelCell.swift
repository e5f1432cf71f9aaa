// SPDX-License-Identifier: Apache-2.0

extension DeviceClass {
  /// Fuel cell. Source: ECHONET Lite Appendix, 0x027C.
  public static let fuelCell = DeviceClass(
    code: 0x027C, name: "Fuel cell", japaneseName: "燃料電池",
    table: """
      C1 o-o waterTemperatureInWaterHeater: u8 Celsius 0..100
      C2 R-o ratedElectricPowerOfGeneration: u16 W 0..65533
      C3 o-o heatCapacityOfStorageTank: u16 MJ 0..65533
      C4 R-o instantaneousElectricPowerOfGeneration: u16 W 0..65533
      C5 R-o cumulativeElectricEnergyOfGeneration: u32 x0.001 kWh 0..999999999
      C6 -o- cumulativeEnergyGenerationOutputReset: state/1 00=reset
      C7 o-o instantaneousGasConsumption: u16 x0.001 m3/h 0..65533
      C8 o-o cumulativeGasConsumption: u32 x0.001 m3 0..999999999
      C9 -o- cumulativeGasConsumptionReset: state/1 00=reset
      CA ooo powerGenerationSetting: state/1 41=generationOn 42=generationOff
      CB R-R powerGenerationStatus: state/1 41=generating 42=stopped 43=starting 44=stopping 45=idling
      CC o-o inHouseInstantaneousPowerConsumption: u16 W 0..65533
      CD o-o inHouseCumulativeEnergyConsumption: u32 x0.001 kWh 0..999999999
      CE -o- inHouseCumulativeEnergyConsumptionReset: state/1 00=reset
      D0 R-o powerSystemInterconnectionStatus: state/1 00=reversePowerFlowAcceptable 01=independent 02=reversePowerFlowNotAcceptable
      D1 RRo requestedTimeOfGeneration: {startTime: time/2; endTime: time/2} | state/4 FFFFFFFF=undefined
      D2 RRo powerGenerationMode: state/1 41=maximumRating 42=loadFollowing
      E1 o-o remainingHotWaterAmount: u16 L 0..65533
      E2 o-o tankCapacity: u16 L 0..65533
      """,
    meter: MeterRole(
      [.init(.otherGenerated, [.running(0xC5)], rated: 0xC2, usualLimit: 10_000)]))
}
