// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The tables of `explorer.sqlite`. All of them are derived from the chain and may be made anew at
/// any time; a change of their shape is a migration that empties them, and the chain is followed
/// anew.
enum IndexSchema {
  /// Marks the file as ours ("HNTX"). Source: SQLite file format, offset 68.
  static let applicationId: Int32 = 0x484E_5458

  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1-explorer") { db in
      try db.execute(sql: "PRAGMA application_id = \(applicationId)")
      try db.execute(sql: tables)
    }
    migrator.registerMigration("2-beneficiaries") { db in
      try db.execute(sql: beneficiaries)
      // What is derived is made anew with what was added.
      for table in names { try db.execute(sql: "DELETE FROM \(table)") }
    }
    return migrator
  }()

  /// `entity` gives 32-byte ids a short number. `tx.kind` is the first byte of the transaction;
  /// `tx.subject` its site, or the member or lot that it is about; `tx.first` the first interval of
  /// a report, a mint or a lot; `tx.amount` its PQ1 in Wh or its milli-coins; `start` and `length`
  /// say where its bytes lie in the block's body. The totals of a block include all blocks before
  /// it. `block.transactions` is null where the store has no body. `name` holds members (kind 1)
  /// and sites (kind 2), with a site's member and the minutes of its clock; `beneficiary` in whose
  /// name and why retirements were made.
  private static let tables = """
    CREATE TABLE progress (
      id INTEGER PRIMARY KEY CHECK (id = 0), network BLOB NOT NULL, height INTEGER NOT NULL,
      hash BLOB NOT NULL, hollow INTEGER NOT NULL);
    CREATE TABLE entity (id INTEGER PRIMARY KEY, name BLOB NOT NULL);
    CREATE UNIQUE INDEX entity_name ON entity (name);
    CREATE TABLE block (
      height INTEGER PRIMARY KEY, hash BLOB NOT NULL, time INTEGER NOT NULL,
      producer BLOB NOT NULL, bytes INTEGER NOT NULL, transactions INTEGER,
      reports INTEGER NOT NULL, generated INTEGER NOT NULL, minted INTEGER NOT NULL,
      retired INTEGER NOT NULL, total_generated INTEGER NOT NULL, total_minted INTEGER NOT NULL,
      total_retired INTEGER NOT NULL);
    CREATE INDEX block_hash ON block (hash);
    CREATE TABLE tx (
      height INTEGER NOT NULL, position INTEGER NOT NULL, kind INTEGER NOT NULL, id BLOB NOT NULL,
      start INTEGER NOT NULL, length INTEGER NOT NULL, subject INTEGER, first INTEGER,
      amount INTEGER, PRIMARY KEY (height, position)) WITHOUT ROWID;
    CREATE INDEX tx_id ON tx (id);
    CREATE INDEX tx_kind ON tx (kind, height, position);
    CREATE INDEX tx_subject ON tx (subject, kind, first);
    CREATE TABLE touch (
      entity INTEGER NOT NULL, height INTEGER NOT NULL, position INTEGER NOT NULL,
      PRIMARY KEY (entity, height, position)) WITHOUT ROWID;
    CREATE INDEX touch_height ON touch (height);
    CREATE TABLE site_day (
      site INTEGER NOT NULL, day INTEGER NOT NULL, generated INTEGER NOT NULL,
      consumed INTEGER NOT NULL, sold INTEGER NOT NULL, purchased INTEGER NOT NULL,
      recorded INTEGER NOT NULL, flows BLOB NOT NULL, PRIMARY KEY (site, day)) WITHOUT ROWID;
    CREATE TABLE network_interval (
      interval INTEGER PRIMARY KEY, sites INTEGER NOT NULL, generated INTEGER NOT NULL,
      consumed INTEGER NOT NULL, sold INTEGER NOT NULL, purchased INTEGER NOT NULL);
    CREATE TABLE network_day (
      day INTEGER PRIMARY KEY, sites INTEGER NOT NULL, generated INTEGER NOT NULL,
      consumed INTEGER NOT NULL, sold INTEGER NOT NULL, purchased INTEGER NOT NULL);
    CREATE TABLE lot (
      entity INTEGER PRIMARY KEY, born_height INTEGER NOT NULL, born_position INTEGER NOT NULL,
      ended_height INTEGER, ended_position INTEGER, parent INTEGER, owner INTEGER NOT NULL,
      site INTEGER NOT NULL, retired INTEGER NOT NULL, first INTEGER NOT NULL,
      amount INTEGER NOT NULL, entry BLOB NOT NULL);
    CREATE INDEX lot_born ON lot (born_height, born_position);
    CREATE INDEX lot_ended ON lot (ended_height);
    CREATE INDEX lot_owner ON lot (owner, entity);
    CREATE INDEX lot_site ON lot (site, entity);
    CREATE INDEX lot_parent ON lot (parent);
    CREATE INDEX lot_retired ON lot (entity) WHERE retired = 1;
    CREATE INDEX lot_living ON lot (entity) WHERE ended_height IS NULL AND retired = 0;
    CREATE TABLE name (
      entity INTEGER PRIMARY KEY, kind INTEGER NOT NULL, member INTEGER, name TEXT NOT NULL,
      folded TEXT NOT NULL, minutes INTEGER, height INTEGER NOT NULL);
    CREATE INDEX name_folded ON name (folded);
    CREATE INDEX name_kind ON name (kind, entity);
    CREATE INDEX name_member ON name (member, entity);
    CREATE INDEX name_height ON name (height);
    CREATE TABLE reorganisation (
      id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, fork INTEGER NOT NULL,
      disconnected INTEGER NOT NULL, connected INTEGER NOT NULL, old_tip BLOB NOT NULL,
      new_tip BLOB NOT NULL);
    """

  private static let beneficiaries = """
    CREATE TABLE beneficiary (
      folded TEXT NOT NULL, height INTEGER NOT NULL, position INTEGER NOT NULL,
      PRIMARY KEY (folded, height, position)) WITHOUT ROWID;
    CREATE INDEX beneficiary_height ON beneficiary (height);
    """

  static let names = [
    "progress", "entity", "block", "tx", "touch", "site_day", "network_interval", "network_day",
    "lot", "name", "beneficiary",
  ]
}
