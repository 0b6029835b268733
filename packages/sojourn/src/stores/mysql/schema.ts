import type { Migration } from "../sql/migrations.ts";

/**
 * The tables. Their names begin with `sojourn_`, so that they can live in an app's own database.
 *
 * - A session is over at `over_at`: when it was ended, else at the earlier of its two timeouts. It is
 *   alive while `ended_at IS NULL AND now < over_at`; every statement asks it in these words.
 * - Texts of any length that have to be found are found by their SHA-256, the `..._key` beside them. It
 *   tells apart what collations do not: case, accents, spaces at the end.
 * - The index on a session's user holds nothing that a verb ever changes. Otherwise a statement that comes
 *   by the index, and one that comes by the sid, would lock one row from two ends and wait for each other.
 * - `ended_by` marks the sessions that one call has ended, so that its next step finds just these.
 * - `sojourn_feed` has one row: the position that the feed has come to. Who ends sessions holds it until the
 *   commit, so positions become visible in their order.
 * - Of `sojourn_lock` a sign-in with a limit holds the row of its user, one of 256.
 * - A row of the feed without a sid is a notice: its topic stands for the reason, its subject for the user.
 * - The keys of entries are bytes: any collation would take some two of them for one, or order them otherwise.
 * - Users are joined to sessions at every check; the hashes of their passwords are kept apart from them.
 *   No foreign keys, which some sharded services lack.
 *
 * MySQL commits at every definition, so each statement can be repeated if a step was cut short.
 */
const table = "ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
const word = "VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin";
const buckets = Array.from({ length: 256 }, (_, bucket) => `(${bucket})`).join(", ");

const tables = `
CREATE TABLE IF NOT EXISTS sojourn_session (
  sid BINARY(16) NOT NULL PRIMARY KEY,
  user_key BINARY(32) NOT NULL,
  user_id MEDIUMTEXT NOT NULL,
  kind ${word} NOT NULL,
  method MEDIUMTEXT NOT NULL,
  transport ${word} NOT NULL,
  remember SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  auth_time BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  idle_timeout BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  ended_at BIGINT,
  end_reason ${word},
  version BIGINT NOT NULL,
  secret_hash VARBINARY(255),
  counter BIGINT,
  confirmed_counter BIGINT,
  rotated_at BIGINT,
  seed VARBINARY(255),
  key_id MEDIUMTEXT,
  ip MEDIUMTEXT,
  user_agent MEDIUMTEXT,
  amr MEDIUMTEXT NOT NULL,
  acr MEDIUMTEXT,
  actor MEDIUMTEXT,
  data LONGTEXT NOT NULL,
  ended_by BINARY(16),
  over_at BIGINT GENERATED ALWAYS AS (coalesce(ended_at, least(expires_at, last_seen_at + idle_timeout))) STORED,
  KEY sojourn_session_by_user (user_key),
  KEY sojourn_session_by_end (over_at),
  KEY sojourn_session_by_successor (ended_by)
) ${table};

CREATE TABLE IF NOT EXISTS sojourn_revocation (
  seq BIGINT NOT NULL PRIMARY KEY,
  sid BINARY(16),
  user_id MEDIUMTEXT NOT NULL,
  reason ${word} NOT NULL,
  ended_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  KEY sojourn_revocation_by_expiry (expires_at)
) ${table};

CREATE TABLE IF NOT EXISTS sojourn_feed (
  id SMALLINT NOT NULL PRIMARY KEY,
  last_seq BIGINT NOT NULL
) ${table};

INSERT IGNORE INTO sojourn_feed (id, last_seq) VALUES (1, 0);

CREATE TABLE IF NOT EXISTS sojourn_lock (
  bucket SMALLINT NOT NULL PRIMARY KEY
) ${table};

INSERT IGNORE INTO sojourn_lock (bucket) VALUES ${buckets};

CREATE TABLE IF NOT EXISTS sojourn_user (
  id_key BINARY(32) NOT NULL PRIMARY KEY,
  email_key BINARY(32),
  id MEDIUMTEXT NOT NULL,
  email MEDIUMTEXT,
  email_verified SMALLINT NOT NULL DEFAULT 0,
  name MEDIUMTEXT,
  role MEDIUMTEXT NOT NULL,
  status ${word} NOT NULL DEFAULT 'active',
  created_at BIGINT NOT NULL,
  UNIQUE KEY sojourn_user_by_email (email_key)
) ${table};

CREATE TABLE IF NOT EXISTS sojourn_credential (
  user_key BINARY(32) NOT NULL PRIMARY KEY,
  password_hash MEDIUMTEXT NOT NULL
) ${table};

CREATE TABLE IF NOT EXISTS sojourn_entry (
  space ${word} NOT NULL,
  name VARBINARY(1020) NOT NULL,
  owner VARBINARY(1020),
  value MEDIUMTEXT NOT NULL,
  version BIGINT NOT NULL DEFAULT 0,
  expires_at BIGINT,
  PRIMARY KEY (space, name),
  KEY sojourn_entry_by_owner (space, owner, name),
  KEY sojourn_entry_by_expiry (expires_at)
) ${table};
`;

/** Where a database notes the steps that it has taken. */
export const migrationTable =
  "CREATE TABLE IF NOT EXISTS sojourn_migration (version BIGINT NOT NULL PRIMARY KEY, checksum VARCHAR(64) NOT NULL)";

/** Every step of the schema, in order. */
export const migrations: readonly Migration[] = [{ version: 1, sql: tables }];
