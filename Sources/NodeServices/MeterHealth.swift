public import RouteBSerial

/// How a home's meters are doing, written to `meters.json` in the data folder after each half hour.
public struct MeterHealth: Codable, Sendable {
  /// One device.
  public struct Device: Codable, Sendable {
    public var address: String
    public var object: String
    public var name: String
    public var answers: Int
    public var timeouts: Int
    /// Properties that it takes in one request.
    public var batch: Int
    /// Named tolerances and how often they were used.
    public var tolerances: [String: Int]
  }

  /// The file's name in a node's data folder.
  public static let fileName = "meters.json"

  public var devices: [Device] = []
  /// The link to the smart meter, where it is read by Route B.
  public var routeB: RouteBLink.Report?
  /// Network time of the last answer.
  public var lastSample: UInt64 = 0
  public var reports = 0
  /// Why the clock cannot be right; nothing is read until it is.
  public var clockProblem: String?
  /// Another box reports with this site's key; this one has stopped.
  public var otherBox = false
  /// Intervals reported as gaps.
  public var gaps = 0
  /// Intervals in which the distribution board and the balance differed too much.
  public var boardDisagreements = 0
  /// Half hours at which a meter's history and its live counts differed.
  public var disagreements: [UInt64] = []

  /// Nothing known yet.
  public init() {}
}
