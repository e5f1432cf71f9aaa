// SPDX-License-Identifier: Apache-2.0

import MQTT
import Testing

@Suite("MQTT")
struct MQTTTests {
  private static func client(
    _ change: (inout MQTTClient.Settings) -> Void = { _ in }
  ) throws(MQTTError) -> MQTTClient {
    var settings = MQTTClient.Settings(host: "127.0.0.1", port: 1)
    change(&settings)
    return try MQTTClient(settings, id: "test", will: (topic: "t/availability", text: "offline"))
  }

  @Test("Without a broker nothing is published, nothing waits, and the client ends")
  func nobody() async throws {
    let client = try Self.client()
    #expect(await client.publish("1", to: "t/state") == false)
    await client.close()
    #expect(await client.publish("2", to: "t/state") == false)
    await client.close()
  }

  @Test("Authorities that cannot be read are refused with the file's name")
  func authorities() {
    let error = #expect(throws: MQTTError.self) {
      _ = try Self.client { $0.authorities = "/nowhere.pem" }
    }
    #expect(error?.description.contains("/nowhere.pem") == true)
  }
}
