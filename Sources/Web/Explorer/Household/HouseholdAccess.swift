// SPDX-License-Identifier: Apache-2.0

import CanonicalCoding
public import Foundation
import HTTPTypes
import KeyFiles
import LedgerCrypto
public import Logging
import Product
import Synchronization
public import WebService

/// Who may see a household's own pages: whoever knows its password. The first password is set with
/// a code that only somebody at the box can read.
public final class HouseholdAccess: Sendable {
  /// The file of the password, and that of the code, in the node's data folder.
  public static let passwordFile = "home.password"
  public static let codeFile = "home.code"
  /// How long a browser stays logged in.
  static let sessionSeconds = 30 * 86_400
  private static let sessionLimit = 100

  /// Why somebody is not let in, in words of the page.
  enum Refusal: Error, Hashable {
    case wrong
    case tooManyTries(seconds: Int64)
    case isSetUp
    case differ
    case short
    case notAtHome

    var status: HTTPResponse.Status {
      switch self {
      case .wrong, .notAtHome: .forbidden
      case .tooManyTries: .tooManyRequests
      case .isSetUp: .conflict
      case .differ, .short: .unprocessableContent
      }
    }

    func text(_ say: Language) -> String {
      switch self {
      case .wrong: say("that is not right", "正しくありません")
      case .tooManyTries(let seconds):
        say(
          "too many wrong tries; wait \(seconds) s", "間違いが続いたため、\(seconds) 秒お待ちください")
      case .isSetUp:
        say("a password is set already; log in with it", "パスワードは設定済みです。ログインしてください")
      case .differ: say("the two passwords differ", "二つのパスワードが違います")
      case .short:
        say(
          "a password has at least \(PasswordFile.shortest) characters",
          "パスワードは \(PasswordFile.shortest) 文字以上です")
      case .notAtHome:
        say(
          "the first password is set from the home's own network",
          "最初のパスワードは家庭内ネットワークから設定してください")
      }
    }
  }

  private struct State {
    var code = ""
    var sessions: [String: ContinuousClock.Instant] = [:]
    var tries = LoginTries()
    var keyTries = LoginTries()
  }

  private let password: PasswordFile
  private let codeFile: URL
  private let state = Mutex(State())

  /// The access to the pages of the node in `folder`. Without a password yet it makes a code and
  /// says where it is to be read.
  public init(folder: URL, logger: Logger) throws {
    password = PasswordFile(folder.appendingPathComponent(HouseholdAccess.passwordFile))
    codeFile = folder.appendingPathComponent(HouseholdAccess.codeFile)
    guard !password.exists else { return }
    var random = SystemRandomNumberGenerator()
    let code = (0..<8).map { _ in String(UInt8.random(in: 0...9, using: &random)) }.joined()
    state.withLock { $0.code = code }
    try? FileManager.default.removeItem(at: codeFile)
    guard
      FileManager.default.createFile(
        atPath: codeFile.path, contents: Data("\(code)\n".utf8),
        attributes: [.posixPermissions: 0o600])
    else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: codeFile.path]) }
    logger.notice(
      "nobody has set a password for /home yet", metadata: ["code is in": "\(codeFile.path)"])
  }

  /// Whether a password was set.
  var isSetUp: Bool { password.exists }

  /// Whether the request comes from a browser that logged in.
  public func isOpen(to call: Call) -> Bool {
    guard let token = call.cookie("home") else { return false }
    return state.withLock { state in
      state.sessions = state.sessions.filter { $0.value > .now }
      return state.sessions[digest(token)] != nil
    }
  }

  /// Sets the first password.
  /// - Parameter client: the address of who asks.
  /// - Returns: the session's token.
  func setUp(code: String, password new: String, client: String) throws -> String {
    guard !isSetUp else { throw Refusal.isSetUp }
    try check(client) { digest(code) == digest(state.withLock { $0.code }) ? () : nil }
    guard new.count >= PasswordFile.shortest else { throw Refusal.short }
    try password.set(new)
    try? FileManager.default.removeItem(at: codeFile)
    return open()
  }

  /// Logs in.
  /// - Parameter client: the address of who asks.
  /// - Returns: the session's token.
  func logIn(password given: String, client: String) throws -> String {
    try check(client) { password.matches(given) ? () : nil }
    return open()
  }

  /// Ends a session.
  func logOut(_ call: Call) {
    guard let token = call.cookie("home") else { return }
    state.withLock { $0.sessions[digest(token)] = nil }
  }

  /// Opens a key file. Its tries are counted apart, whoever tries: a right log-in, which whoever
  /// guesses has, does not forgive them.
  /// - Throws: `Refusal` for a wrong password or too many, `KeyFileError` for a file that is not as
  ///   it should be.
  func key(_ file: URL, password: String) throws -> KeyPair {
    try check(file.path, \.keyTries) {
      let opened = Result { () throws(KeyFileError) in
        try KeyFile.open(file.path, password: password)
      }
      if case .failure(.wrongPassword) = opened { return nil }
      return try opened.get()
    }
  }

  /// Few tries: neither code nor password is found by trying.
  /// - Parameters:
  ///   - who: whose tries are counted.
  ///   - right: what the right word gives; nil for a wrong one.
  private func check<Value>(
    _ who: String, _ tries: any WritableKeyPath<State, LoginTries> & Sendable = \.tries,
    _ right: () throws -> Value?
  ) throws -> Value {
    if let wait = state.withLock({ $0[keyPath: tries].wait(who, at: .now) }) {
      throw Refusal.tooManyTries(seconds: wait.components.seconds + 1)
    }
    let value = try right()
    state.withLock { $0[keyPath: tries].count(who, isRight: value != nil, at: .now) }
    guard let value else { throw Refusal.wrong }
    return value
  }

  private func open() -> String {
    let token = KeyFile.randomSeed().hex
    state.withLock { state in
      if state.sessions.count >= HouseholdAccess.sessionLimit,
        let oldest = state.sessions.min(by: { $0.value < $1.value })
      {
        state.sessions[oldest.key] = nil
      }
      state.sessions[digest(token)] = .now + .seconds(HouseholdAccess.sessionSeconds)
    }
    return token
  }

  /// Digests are kept and compared, so that time tells nothing.
  private func digest(_ text: String) -> String { SHA256.digest(Array(text.utf8)).hex }
}
