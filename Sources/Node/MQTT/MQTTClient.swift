// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Synchronization

/// Why a broker cannot be used.
public struct MQTTError: Error, Sendable, CustomStringConvertible {
  public let description: String
}

/// A client of one MQTT broker, by libmosquitto: it connects in the background, and again whenever
/// the broker was gone.
public actor MQTTClient {
  /// Where the broker is and how this client is let in.
  public struct Settings: Sendable {
    public var host: String
    public var port: Int
    public var user: String?
    public var password: String?
    /// File of the certificates that may have signed the broker's; nil: no TLS.
    public var authorities: String?

    /// A broker without a password on `host`:`port`.
    public init(host: String, port: Int = 1883) {
      self.host = host
      self.port = port
    }
  }

  private static let isReady = mosquitto_lib_init() == MOSQ_ERR_SUCCESS.code
  private let handle: OpaquePointer
  private let host: String
  private let port: Int32
  private let connections = Connections()
  private var isStarted = false
  private var isClosed = false

  /// A client that connects when it first has something to say.
  /// - Parameters:
  ///   - id: the client's id at the broker.
  ///   - will: what the broker tells others when this client is gone.
  public init(
    _ settings: Settings, id: String, will: (topic: String, text: String)
  ) throws(MQTTError) {
    guard MQTTClient.isReady, let handle = mosquitto_new(id, true, nil) else {
      throw MQTTError(description: "libmosquitto does not start")
    }
    self.handle = handle
    func check(_ code: Int32, _ what: String) throws(MQTTError) {
      guard code != MOSQ_ERR_SUCCESS.code else { return }
      let reason = String(cString: mosquitto_strerror(code))
      mosquitto_destroy(handle)
      throw MQTTError(description: "\(what): \(reason)")
    }
    let text = Array(will.text.utf8)
    try check(
      mosquitto_will_set(handle, will.topic, Int32(text.count), text, 1, true), "the will")
    if let user = settings.user {
      try check(mosquitto_username_pw_set(handle, user, settings.password), "user and password")
    }
    if let authorities = settings.authorities {
      try check(
        mosquitto_tls_set(handle, authorities, nil, nil, nil, nil), "TLS by \(authorities)")
    }
    mosquitto_reconnect_delay_set(handle, 2, 60, true)
    mosquitto_user_data_set(handle, Unmanaged.passUnretained(connections).toOpaque())
    mosquitto_connect_callback_set(handle) { _, data, code in
      guard let data, code == 0 else { return }
      Unmanaged<Connections>.fromOpaque(data).takeUnretainedValue().count.add(
        1, ordering: .relaxed)
    }
    (host, port) = (settings.host, Int32(settings.port))
  }

  /// Connects for the first time; from then on the library's thread connects again by itself.
  private func start() -> Bool {
    guard !isStarted else { return true }
    guard mosquitto_connect_async(handle, host, port, 60) == MOSQ_ERR_SUCCESS.code else {
      return false
    }
    isStarted = mosquitto_loop_start(handle) == MOSQ_ERR_SUCCESS.code
    return isStarted
  }

  /// How often a broker has taken this client in: what it was told before may be forgotten.
  public var connectionCount: Int { connections.count.load(ordering: .relaxed) }

  /// Publishes a text that the broker keeps for those who come later.
  /// - Returns: false while there is no connection.
  public func publish(_ text: String, to topic: String) -> Bool {
    guard !isClosed, start() else { return false }
    let bytes = Array(text.utf8)
    return mosquitto_publish(handle, nil, topic, Int32(bytes.count), bytes, 1, true)
      == MOSQ_ERR_SUCCESS.code
  }

  /// Says good-bye and ends the connection.
  public func close() {
    guard !isClosed else { return }
    isClosed = true
    mosquitto_disconnect(handle)
    mosquitto_loop_stop(handle, false)
    mosquitto_destroy(handle)
  }
}

/// Counts connections on the library's thread; the client outlives it.
private final class Connections: Sendable {
  let count = Atomic<Int>(0)
}

extension mosq_err_t {
  fileprivate var code: Int32 { rawValue }
}
