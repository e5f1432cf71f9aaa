// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import Foundation
import Testing
import WebService

@Suite("The forms of the admin API")
struct AdminFormTests {
  private static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return decoder
  }

  /// What the server writes by its table of fields is what the client reads by its properties, each
  /// of them.
  private func roundTrip<Given: Form & Codable>(_ type: Given.Type, _ json: String) throws {
    let given = try Self.decoder().decode(Given.self, from: Data(json.utf8))
    let written = Data(given.json)
    #expect(
      try JSONSerialization.jsonObject(with: written) as? NSDictionary
        == JSONSerialization.jsonObject(with: Data(json.utf8)) as? NSDictionary)
  }

  @Test("What the node writes is what the client reads, field by field")
  func agree() throws {
    try roundTrip(
      ChainForm.self,
      #"""
      {"network":"demo","network_id":"ab","height":3,"tip":"cd","time":9,"producer":"ef",
      "target":"1f00ffff","peers":2,"waiting":4,"reorganisations":1,"audit_notes":5,"clock_lead":-7,
      "trouble":"a full disk","final_height":2,"term":1,"seats":8,"own_seats":[3,5],
      "silence":"new_disk","restarts_from":7,"restart_height":8,"restart_signed":1,
      "restart_needed":6}
      """#)
    try roundTrip(
      SyncForm.self,
      #"""
      {"height":3,"best_header":9,"blocks_per_second":4,"seconds_left":2,"history_height":1,
      "history_goal":2}
      """#)
    try roundTrip(
      PeersForm.self,
      #"""
      {"peers":[{"key":"ab","address":"[::1]:1","direction":"inbound","agent":"x","height":3,
      "age_milliseconds":4,"latency_milliseconds":5,"points":6,"messages_in":7,"messages_out":8,
      "bytes_in":9,"bytes_out":10}],"bans":[{"key":"ab","host":"::1","until":3,"reason":"lies"}]}
      """#)
    try roundTrip(
      MempoolForm.self,
      #"{"count":1,"bytes":2,"transactions":[{"id":"ab","kind":"report","bytes":2}]}"#)
    try roundTrip(DoneForm.self, #"{"done":"lifted"}"#)
  }
}
