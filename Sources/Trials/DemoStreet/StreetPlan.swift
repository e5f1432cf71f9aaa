// SPDX-License-Identifier: Apache-2.0

public import Foundation
public import Quantities

/// What a street is made of.
public struct StreetPlan: Sendable {
  public var folder: String
  public var genesis: String
  /// CSV files of measured homes; homes beyond them follow the built-in model.
  public var data: [String]
  public var homes: Int
  /// Days to replay, nil without end, and days to leave out before them.
  public var days: Int?
  public var skippedDays = 0
  /// The hour of the first day at which the clock starts.
  public var startHour: UInt64
  /// Half hours in a report.
  public var reportIntervals: Int
  /// Peers listen from here on, the admin API a hundred higher.
  public var firstPort: Int
  /// The third part of 127.0.x.y, so that streets side by side do not meet.
  public var network: Int
  public var binaries: URL
  /// Whose nodes show the explorer, two hundred ports higher than peers.
  public var explorers: Set<StreetRole> = []
  /// Whether a company buys what the homes' sun is worth.
  public var hasCompany = false
  /// Requests a second that an explorer takes of one address; nil for the node's default.
  public var requestsPerSecond: Int?
  /// Whether homes search for nonces too.
  public var homesMine = true
  /// A new node starts from a snapshot where so many blocks are missing; nil for the node's
  /// default.
  public var fastStartBlocks: Int?
  /// Each node with its house in a network namespace of this name and its number, at 10.77.0.11 and
  /// on; nil for all on the loopback.
  public var namespaces: String?
  /// One home alone, whose node plays the operator and the exchange too.
  public var isOneNode = false
  /// Whether the smart meters are behind emulated Wi-SUN dongles.
  public var routeB = false
  /// More arguments for every house.
  public var houseOptions: [String] = []

  /// The homes' clock.
  public static let offset = UTCOffset.japan

  /// A street with these parts.
  public init(
    folder: String, genesis: String, data: [String], homes: Int = 6, days: Int? = nil,
    startHour: UInt64 = 0, reportIntervals: Int = 1, firstPort: Int = 17_700, network: Int = 1,
    binaries: URL = DemoProcess.ownFolder
  ) {
    self.folder = folder
    self.genesis = genesis
    self.data = data
    self.homes = homes
    self.days = days
    self.startHour = startHour
    self.reportIntervals = reportIntervals
    self.firstPort = firstPort
    self.network = network
    self.binaries = binaries
  }
}

/// Who runs a node.
public enum StreetRole: Hashable, Sendable {
  case `operator`
  case exchange
  /// A home, numbered from 1.
  case home(Int)

  /// The name of its folder.
  public var name: String {
    switch self {
    case .operator: "operator"
    case .exchange: "exchange"
    case .home(let number): "home-\(number)"
    }
  }

  /// The number of a home, nil for others.
  public var home: Int? { if case .home(let number) = self { number } else { nil } }
}
