import ArgumentParser
import CommandLineTool
import Product

/// The tool for people: keys, set-up, looking inside, the demo.
@main
struct Hinata: AsyncParsableCommand {
  static func main() async { await runTool() }

  static let configuration = CommandConfiguration(
    commandName: "hinata",
    abstract: "Keys, set-up and a look inside Hinata's ledger of environmental value.",
    discussion: """
      Examples:
        hinata street                                 six homes, an operator and an exchange
        hinata demo                                   a home for a day, from meter to coin
        hinata key new ~/.hinata/site.key             a new key, sealed by a password
        hinata setup --address 192.168.1.10           find meters, write the settings
        hinata join --data ~/.hinata --genesis FILE   ask to be let into a network
        hinata status --data ~/.hinata --genesis Genesis/demo.json
        hinata explorer --data ~/.hinata --genesis Genesis/demo.json
        hinata evidence --data .build/demo/home-1 --genesis Genesis/demo.json --site ID \\
          --interval 2016-08-01T03:00Z
      """,
    version: Version.text,
    subcommands: [
      DemoCommand.self, StreetCommand.self, KeyCommand.self, SetupCommand.self, StatusCommand.self,
      DoctorCommand.self,
      JoinCommand.self, AdmitCommand.self, BackupCommand.self, RestoreCommand.self,
      EvidenceCommand.self, ClaimCommand.self, OperatorCommand.self, PeersCommand.self,
      MempoolCommand.self, ChainCommand.self, SyncCommand.self, LightCommand.self,
      DeskCommand.self, WalletCommand.self, ProveCommand.self, CertificateCommand.self,
      ExportCommand.self,
      ImportCommand.self, ExplorerCommand.self,
    ])
}

/// A command line that cannot be followed: exit code 2.
struct UsageError: Error, CustomStringConvertible {
  let description: String
}

/// Runs a command's body; errors go to standard error with the exit code for wrong use.
func guarded<Value>(_ body: () throws -> Value) throws -> Value {
  do { return try body() } catch let code as ExitCode { throw code } catch {
    Screen.note("hinata: \(error)")
    throw ExitCode(2)
  }
}

/// The same for work that waits.
func guardedAsync(_ body: () async throws -> Void) async throws {
  do { try await body() } catch let code as ExitCode { throw code } catch {
    Screen.note("hinata: \(error)")
    throw ExitCode(2)
  }
}
