// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Foundation
public import Product

extension Language: ExpressibleByArgument {}

/// What whoever reads the output understands.
struct ReaderOptions: ParsableArguments {
  @Option(help: "en or ja; what the terminal's LANG says by default.")
  var language = Language(environment: ProcessInfo.processInfo.environment)
}
