import type { Migration } from "../migrations.ts";

/**
 * The tables. Their names begin with `sojourn_`, so that they can live in an app's own database.
 *
 * - A session is over at `over_at`: when it was ended, else at the earlier of its two timeouts. It is
 *   alive while `ended_at IS NULL AND now < over_at`; every statement asks it in these words.
 * - The triggers make one statement do. An end and its entry in the feed are one step, so no crash
 *   comes between them; so are a new session and the ends of those that make room for it.
 * - AUTOINCREMENT never gives a position of the feed twice, also after its entry was removed.
 * - A row of the feed without a sid is a notice: its topic stands for the reason, its subject for the user.
 * - An app may have foreign keys off, so a trigger and no cascade takes a hash away with its user.
 * - Users are joined to sessions at every check; the hashes of their passwords are kept apart from them.
 */
const tables = `
CREATE TABLE sojourn_session (
  sid BLOB PRIMARY KEY CHECK (length(sid) = 16),
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  method TEXT NOT NULL,
  transport TEXT NOT NULL,
  remember INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  auth_time INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  idle_timeout INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  end_reason TEXT,
  version INTEGER NOT NULL,
  secret_hash BLOB,
  counter INTEGER,
  confirmed_counter INTEGER,
  rotated_at INTEGER,
  seed BLOB,
  key_id TEXT,
  ip TEXT,
  user_agent TEXT,
  amr TEXT NOT NULL,
  acr TEXT,
  actor TEXT,
  data TEXT NOT NULL,
  session_limit INTEGER,
  ended_by BLOB,
  over_at INTEGER GENERATED ALWAYS AS (coalesce(ended_at, min(expires_at, last_seen_at + idle_timeout))) VIRTUAL
) STRICT, WITHOUT ROWID;

CREATE INDEX sojourn_session_by_user ON sojourn_session (user_id, kind) WHERE ended_at IS NULL;
CREATE INDEX sojourn_session_by_end ON sojourn_session (over_at);
CREATE INDEX sojourn_session_by_successor ON sojourn_session (ended_by) WHERE ended_by IS NOT NULL;

CREATE TABLE sojourn_revocation (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  sid BLOB,
  user_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  ended_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX sojourn_revocation_by_expiry ON sojourn_revocation (expires_at);

CREATE TRIGGER sojourn_session_ended AFTER UPDATE OF ended_at ON sojourn_session
WHEN OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
BEGIN
  INSERT INTO sojourn_revocation (sid, user_id, reason, ended_at, expires_at)
  VALUES (NEW.sid, NEW.user_id, NEW.end_reason, NEW.ended_at, NEW.expires_at);
END;

CREATE TRIGGER sojourn_session_limited AFTER INSERT ON sojourn_session
WHEN NEW.session_limit IS NOT NULL
BEGIN
  UPDATE sojourn_session SET ended_at = NEW.created_at, end_reason = 'limit', ended_by = NEW.sid
  WHERE sid IN (
    SELECT sid FROM sojourn_session
    WHERE user_id = NEW.user_id AND kind = NEW.kind AND sid <> NEW.sid
      AND ended_at IS NULL AND NEW.created_at < over_at
    ORDER BY created_at DESC, sid DESC
    LIMIT -1 OFFSET NEW.session_limit - 1
  );
END;

CREATE TABLE sojourn_user (
  id TEXT PRIMARY KEY,
  email TEXT UNIQUE,
  email_verified INTEGER NOT NULL DEFAULT 0,
  name TEXT,
  role TEXT NOT NULL DEFAULT 'user',
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sojourn_credential (
  user_id TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW sojourn_account AS
SELECT u.id, u.email, u.email_verified, u.name, u.role, u.status, u.created_at, c.password_hash
FROM sojourn_user AS u LEFT JOIN sojourn_credential AS c ON c.user_id = u.id;

CREATE TRIGGER sojourn_account_created INSTEAD OF INSERT ON sojourn_account
BEGIN
  INSERT INTO sojourn_user (id, email, email_verified, name, created_at)
  VALUES (NEW.id, NEW.email, NEW.email_verified, NEW.name, NEW.created_at)
  ON CONFLICT DO NOTHING;
  INSERT INTO sojourn_credential (user_id, password_hash)
  SELECT id, NEW.password_hash FROM sojourn_user
  WHERE id = NEW.id AND email IS NEW.email AND NEW.password_hash IS NOT NULL
  ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER sojourn_user_removed AFTER DELETE ON sojourn_user
BEGIN
  DELETE FROM sojourn_credential WHERE user_id = OLD.id;
END;

CREATE TABLE sojourn_entry (
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  owner TEXT,
  value TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 0,
  expires_at INTEGER,
  PRIMARY KEY (space, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX sojourn_entry_by_owner ON sojourn_entry (space, owner, key) WHERE owner IS NOT NULL;
CREATE INDEX sojourn_entry_by_expiry ON sojourn_entry (expires_at) WHERE expires_at IS NOT NULL;
`;

/** Where a database notes the steps that it has taken. */
export const migrationTable =
  "CREATE TABLE IF NOT EXISTS sojourn_migration (version INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT";

/** Every step of the schema, in order. */
export const migrations: readonly Migration[] = [{ version: 1, sql: tables }];
