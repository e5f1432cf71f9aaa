// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The tables of `ledger.sqlite`, as migrations from the first version on.
enum Schema {
  /// Marks the file as ours ("HNTA"). Source: SQLite file format, offset 68.
  static let applicationId: Int32 = 0x484E_5441

  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1-ledger") { db in
      try db.execute(sql: "PRAGMA application_id = \(applicationId)")
      try db.execute(sql: first)
    }
    migrator.registerMigration("2-audits") { db in
      try db.execute(
        sql: """
          CREATE TABLE audit_note (
            id INTEGER PRIMARY KEY, report BLOB NOT NULL, auditor BLOB NOT NULL,
            bytes BLOB NOT NULL, UNIQUE (report, auditor));
          """)
    }
    migrator.registerMigration("3-pruning") { db in
      try db.execute(
        sql: """
          CREATE TABLE history (id INTEGER PRIMARY KEY CHECK (id = 0), goal INTEGER NOT NULL);
          CREATE TABLE kept_report (
            site BLOB NOT NULL, first INTEGER NOT NULL, height INTEGER NOT NULL,
            proof BLOB NOT NULL, PRIMARY KEY (site, first)) WITHOUT ROWID;
          """)
    }
    migrator.registerMigration("4-decisions") { db in
      try db.execute(
        sql: """
          CREATE TABLE claim_decision (
            id INTEGER PRIMARY KEY, claim BLOB NOT NULL, digest BLOB NOT NULL UNIQUE,
            bytes BLOB NOT NULL);
          CREATE INDEX claim_decision_claim ON claim_decision (claim);
          """)
    }
    migrator.registerMigration("5-side-blocks") { db in
      try db.execute(sql: "CREATE INDEX block_side ON block (id) WHERE status <> 1")
    }
    migrator.registerMigration("6-finality") { db in
      try db.execute(
        sql: """
          CREATE TABLE handover (term INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
          CREATE TABLE final_block (
            id INTEGER PRIMARY KEY CHECK (id = 0), height INTEGER NOT NULL, bytes BLOB NOT NULL
          );
          """)
    }
    return migrator
  }()

  /// `block.body` is empty where it was pruned; a body without transactions is a byte long.
  /// `block.status`: 0 known but not on the chain, 1 on the chain, 2 found invalid.
  /// The days of `state` lie in order of days, so that a block's rows are appended side by side.
  /// `entity` gives 32-byte ids a short number; other tables name members, sites, lots and keys by
  /// it.
  private static let first = """
    CREATE TABLE network (id INTEGER PRIMARY KEY CHECK (id = 0), genesis BLOB NOT NULL);
    CREATE TABLE block (
      id INTEGER PRIMARY KEY,
      height INTEGER NOT NULL,
      status INTEGER NOT NULL,
      hash BLOB NOT NULL,
      work BLOB NOT NULL,
      header BLOB NOT NULL,
      body BLOB NOT NULL
    );
    CREATE TABLE undo (block INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
    CREATE UNIQUE INDEX block_hash ON block (hash);
    CREATE UNIQUE INDEX block_chain ON block (height) WHERE status = 1;
    CREATE TABLE entity (id INTEGER PRIMARY KEY, name BLOB NOT NULL);
    CREATE UNIQUE INDEX entity_name ON entity (name);
    CREATE TABLE state (
      kind INTEGER NOT NULL,
      entity INTEGER NOT NULL,
      number INTEGER NOT NULL,
      entry BLOB NOT NULL,
      PRIMARY KEY (kind, number, entity)
    ) WITHOUT ROWID;
    CREATE TABLE report_place (
      site INTEGER NOT NULL,
      first INTEGER NOT NULL,
      block INTEGER NOT NULL,
      position INTEGER NOT NULL,
      PRIMARY KEY (site, first)
    ) WITHOUT ROWID;
    CREATE TABLE transaction_place (
      prefix INTEGER NOT NULL,
      block INTEGER NOT NULL,
      position INTEGER NOT NULL,
      PRIMARY KEY (prefix, block, position)
    ) WITHOUT ROWID;
    CREATE TABLE entity_event (
      entity INTEGER NOT NULL,
      block INTEGER NOT NULL,
      position INTEGER NOT NULL,
      PRIMARY KEY (entity, block, position)
    ) WITHOUT ROWID;
    CREATE TABLE pending (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      hash BLOB NOT NULL UNIQUE,
      bytes BLOB NOT NULL
    );
    """
}
