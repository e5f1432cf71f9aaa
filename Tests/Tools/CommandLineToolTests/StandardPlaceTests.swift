// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandLineTool
import Foundation
import Testing

@Suite("Where a machine's own node is")
struct StandardPlaceTests {
  @Test("The environment comes first, then the service's settings, then the state folder")
  func order() throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("place-\(ProcessInfo.processInfo.processIdentifier).json")
    defer { try? FileManager.default.removeItem(at: file) }
    let home = StandardPlace(environment: ["HOME": "/home/sato"], settings: file.path)
    #expect(home.data == "/home/sato/.local/state/hinata" && home.config == nil)
    #expect(home.genesis == "/home/sato/.local/state/hinata/network.json")
    let state = ["HOME": "/home/sato", "XDG_STATE_HOME": "/state"]
    #expect(StandardPlace(environment: state, settings: file.path).data == "/state/hinata")
    let relative = ["HOME": "/home/sato", "XDG_STATE_HOME": "state"]
    #expect(StandardPlace(environment: relative, settings: file.path).data == home.data)
    try Data(#"{"data":"/var/lib/hinata","genesis":"/etc/hinata/network.json"}"#.utf8).write(
      to: file)
    let packaged = StandardPlace(environment: state, settings: file.path)
    #expect(packaged.data == "/var/lib/hinata" && packaged.config == file.path)
    #expect(packaged.genesis == "/etc/hinata/network.json")
    let told = StandardPlace(
      environment: ["HINATA_DATA": "/d", "HINATA_GENESIS": "/g"], settings: file.path)
    #expect(told.data == "/d" && told.genesis == "/g" && told.config == nil)
    let other = StandardPlace(environment: ["HINATA_DATA": "/d"], settings: file.path)
    #expect(other.data == "/d" && other.config == nil)
    let empty = StandardPlace(environment: ["HINATA_DATA": ""], settings: file.path)
    #expect(empty.data == "/var/lib/hinata")
    try Data("{".utf8).write(to: file)
    let broken = StandardPlace(environment: state, settings: file.path)
    #expect(broken.problem?.contains("is no file of settings") == true)
    #expect(broken.config == file.path, "the node says what is wrong in it")
  }

  @Test("A folder that is named brings its own network file, where it has one")
  func named() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("named-\(ProcessInfo.processInfo.processIdentifier)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let bare = try PlaceOptions.parse(["--data", folder.path])
    #expect(bare.data == folder.path && bare.genesis == StandardPlace.current.genesis)
    let settings = folder.appendingPathComponent("node.json")
    try Data("{\"genesis\":\"\(settings.path)\"}".utf8).write(to: settings)
    #expect(try PlaceOptions.parse(["--data", folder.path]).genesis == settings.path)
    try Data("{\"genesis\":\"/nowhere\"}".utf8).write(to: settings)
    #expect(
      try PlaceOptions.parse(["--data", folder.path]).genesis == StandardPlace.current.genesis)
    let own = folder.appendingPathComponent("network.json")
    try Data("{}".utf8).write(to: own)
    #expect(try PlaceOptions.parse(["--data", folder.path]).genesis == own.path)
    #expect(try PlaceOptions.parse(["--genesis", "/x"]).genesis == "/x")
    try bare.folder.checkNamed()
    #expect(throws: UsageError.self) { try PlaceOptions.parse([]).folder.checkNamed() }
  }
}
