// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chain
import CommandLineTool
import Foundation
import Ledger
import LedgerFiles
import LedgerStore
import Verification

/// Which chain to check, and how.
struct SourceOptions: ParsableArguments {
  @Option(help: "Data folder of a node.")
  var data: String?

  @Option(help: "Chain file, as hinata export writes it.")
  var file: String?

  @Option(help: "Network file: all that is believed.")
  var genesis: String

  @Option(help: "Tasks at once; all cores by default.")
  var jobs: Int?

  @Option(help: "File to go on from: a check that was broken off is not begun anew.")
  var resume: String?

  @Flag(help: "Print JSON.")
  var json = false

  /// Numbers and places that cannot be used are refused before anything is read or written.
  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs \(jobs) is less than 1") }
    if let resume, !CheckOptions.isResumePlace(resume) {
      throw ValidationError(
        "--resume \(resume) was not written by hinata-verify --resume, and is left as it is")
    }
    guard let file else { return }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), isFolder.boolValue {
      throw ValidationError("--file \(file) is a folder; name it with --data")
    }
  }

  var options: CheckOptions {
    var options = CheckOptions()
    options.jobs = max(1, jobs ?? ProcessInfo.processInfo.activeProcessorCount)
    options.resume = resume
    return options
  }

  /// The genesis that the network file describes.
  func network() throws -> Genesis { try NetworkFile.load(genesis) }

  /// The blocks, of the network that the genesis names.
  /// - Throws: `ExitCode` 2 where they cannot be had; `Finding` where a file is damaged.
  func open() throws -> BlockSource {
    do {
      let genesis = try NetworkFile.load(genesis)
      switch (data, file) {
      case (let data?, nil):
        return .store(try LedgerStore.reading(folder: data, genesis: genesis))
      case (nil, let file?):
        let reader = try ChainFileReader(path: file)
        guard reader.genesis.network == genesis.network else {
          throw ValidationError("\(file) is the chain of another network than \(self.genesis)")
        }
        return .file(reader)
      case (nil, nil): throw ValidationError("neither --data nor --file is named")
      default: throw ValidationError("--data and --file are both named; name one")
      }
    } catch let error as StoreError {
      if case .damaged(_, let reason) = error { throw Finding(reason: reason) }
      throw used(error)
    } catch let error as ChainFileError {
      throw FileManager.default.isReadableFile(atPath: file ?? "")
        ? Finding(reason: error.description) : used(error)
    } catch { throw used(error) }
  }

  private func used(_ error: any Error) -> ExitCode {
    Screen.note("hinata-verify: \(error)")
    return ExitCode(2)
  }

  /// Checks the whole chain with a bar on the screen; what is wrong is said and ends with exit code
  /// 1.
  /// - Parameter each: hears of each block.
  func check(_ each: (ConnectedBlock) throws -> Void = { _ in }) async throws -> ChainVerdict {
    var screen = Screen()
    var last = ContinuousClock.now
    let source: BlockSource
    do { source = try open() } catch let finding as Finding {
      return ChainVerdict(finding: finding)
    }
    return await ChainVerdict(
      checking: source, options: options,
      progress: { done, total in
        guard !json, ContinuousClock.now - last > .milliseconds(100) || done == total else {
          return
        }
        last = .now
        screen.draw(["checking  \(ProgressBar.text(done, of: total))  \(done) of \(total) blocks"])
      }, each: each)
  }

  /// The verdict of a chain that must hold for anything to be said of what is in it.
  func checked(_ each: (ConnectedBlock) throws -> Void = { _ in }) async throws -> ChainVerdict {
    guard resume == nil else {
      Screen.note("hinata-verify: --resume goes with chain alone: here every block has to be read")
      throw ExitCode(2)
    }
    let verdict = try await check(each)
    if let finding = verdict.finding { throw wrong("\(finding)", json: json) }
    guard verdict.pruned == 0 else {
      Screen.note(
        "hinata-verify: the bodies up to block \(verdict.pruned) were pruned: ask an archive, or for "
          + "a proof")
      throw ExitCode(2)
    }
    return verdict
  }
}

/// What is wrong, for scripts: `ok` is a boolean wherever the verifier says it.
private struct WrongForm: Encodable {
  let ok = false
  let reason: String
}

/// Says what is wrong.
func wrong(_ reason: String, json: Bool) -> ExitCode {
  if json {
    try? printJSON(WrongForm(reason: reason))
  } else {
    print("WRONG: \(reason)")
  }
  return ExitCode(1)
}
