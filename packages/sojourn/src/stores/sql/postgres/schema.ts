import type { Migration } from "../migrations.ts";

/** What a database calls out on when there is something new in the feed. */
export const channel = "sojourn_revoked";

/**
 * The tables. Their names begin with `sojourn_`, so that they can live in an app's own database; no schema is
 * named, so they are where the connection's `search_path` begins.
 *
 * - A session is over at `over_at`: when it was ended, else at the earlier of its two timeouts. It is
 *   alive while `ended_at IS NULL AND now < over_at`; every statement asks it in these words.
 * - The triggers make one statement do. An end and its entry in the feed are one step, so no crash
 *   comes between them; so are a new session and the ends of those that make room for it.
 * - Positions in the feed come from a row, not from a sequence: its lock is held until the end is
 *   committed, so positions are seen in their order and no reader steps over one that is still coming.
 * - A row of the feed without a sid is a notice: its topic stands for the reason, its subject for the user.
 * - `data` maps each key to the text of its value. The app's JSON is so never read by the database,
 *   which could hold neither \\u0000 nor half a surrogate pair, and would lose the order of members.
 */
const tables = `
CREATE TABLE sojourn_session (
  sid uuid PRIMARY KEY,
  user_id text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  method text NOT NULL,
  transport text NOT NULL,
  remember smallint NOT NULL,
  created_at bigint NOT NULL,
  auth_time bigint NOT NULL,
  last_seen_at bigint NOT NULL,
  idle_timeout bigint NOT NULL,
  expires_at bigint NOT NULL,
  ended_at bigint,
  end_reason text,
  version integer NOT NULL,
  secret_hash bytea,
  counter integer,
  confirmed_counter integer,
  rotated_at bigint,
  seed bytea,
  key_id text,
  ip text,
  user_agent text,
  amr text NOT NULL,
  acr text,
  actor text,
  data jsonb NOT NULL,
  session_limit integer,
  ended_by uuid,
  over_at bigint GENERATED ALWAYS AS (coalesce(ended_at, least(expires_at, last_seen_at + idle_timeout))) STORED
);
CREATE INDEX sojourn_session_by_user ON sojourn_session (user_id, kind) WHERE ended_at IS NULL;
CREATE INDEX sojourn_session_by_end ON sojourn_session (over_at);
CREATE INDEX sojourn_session_by_successor ON sojourn_session (ended_by) WHERE ended_by IS NOT NULL;

CREATE TABLE sojourn_feed (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  position bigint NOT NULL
);
INSERT INTO sojourn_feed (position) VALUES (0);

CREATE TABLE sojourn_revocation (
  seq bigint PRIMARY KEY,
  sid uuid,
  user_id text NOT NULL,
  reason text NOT NULL,
  ended_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX sojourn_revocation_by_expiry ON sojourn_revocation (expires_at);

CREATE FUNCTION sojourn_announce() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
  place bigint;
BEGIN
  UPDATE sojourn_feed SET position = position + 1 RETURNING position INTO place;
  INSERT INTO sojourn_revocation (seq, sid, user_id, reason, ended_at, expires_at)
  VALUES (place, NEW.sid, NEW.user_id, NEW.end_reason, NEW.ended_at, NEW.expires_at);
  RETURN NULL;
END
$function$;
CREATE TRIGGER sojourn_session_ended AFTER UPDATE OF ended_at ON sojourn_session
FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL)
EXECUTE FUNCTION sojourn_announce();

CREATE FUNCTION sojourn_call_out() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  -- The payload tells apart those who keep their tables in other schemas of the same database.
  PERFORM pg_notify('${channel}', TG_TABLE_SCHEMA);
  RETURN NULL;
END
$function$;
CREATE TRIGGER sojourn_revocation_told AFTER INSERT ON sojourn_revocation
FOR EACH STATEMENT EXECUTE FUNCTION sojourn_call_out();

CREATE FUNCTION sojourn_make_room() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  -- One sign-in of a user at a time. What the one before has added is seen by the next statement, not by this.
  PERFORM pg_advisory_xact_lock(hashtextextended('sojourn ' || NEW.user_id, 0));
  WITH surplus AS (
    SELECT sid FROM sojourn_session
    WHERE user_id = NEW.user_id AND kind = NEW.kind AND sid <> NEW.sid
      AND ended_at IS NULL AND NEW.created_at < over_at
    ORDER BY created_at DESC, sid DESC
    OFFSET NEW.session_limit - 1
  ), locked AS (
    SELECT sid FROM sojourn_session WHERE sid IN (SELECT sid FROM surplus) ORDER BY sid FOR UPDATE
  )
  UPDATE sojourn_session AS s SET ended_at = NEW.created_at, end_reason = 'limit', ended_by = NEW.sid
  FROM locked WHERE s.sid = locked.sid AND s.ended_at IS NULL;
  RETURN NULL;
END
$function$;
CREATE TRIGGER sojourn_session_limited AFTER INSERT ON sojourn_session
FOR EACH ROW WHEN (NEW.session_limit IS NOT NULL)
EXECUTE FUNCTION sojourn_make_room();

CREATE FUNCTION sojourn_has_room(of_user text, of_kind text, now bigint, most integer) RETURNS boolean
LANGUAGE plpgsql AS $function$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('sojourn ' || of_user, 0));
  RETURN (
    SELECT count(*) < most FROM sojourn_session
    WHERE user_id = of_user AND kind = of_kind AND ended_at IS NULL AND now < over_at
  );
END
$function$;

CREATE FUNCTION sojourn_data_of(given json) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $function$
  SELECT coalesce(jsonb_object_agg(entry.key, entry.value::text), '{}') FROM json_each(given) AS entry
$function$;
CREATE FUNCTION sojourn_data_text(kept jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $function$
  SELECT '{' || coalesce(string_agg(to_json(entry.key)::text || ':' || entry.value, ','), '') || '}'
  FROM jsonb_each_text(kept) AS entry
$function$;

CREATE TABLE sojourn_user (
  id text COLLATE "C" PRIMARY KEY,
  email text COLLATE "C" UNIQUE,
  email_verified smallint NOT NULL DEFAULT 0,
  name text,
  role text NOT NULL DEFAULT 'user',
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  created_at bigint NOT NULL
);

CREATE TABLE sojourn_credential (
  user_id text COLLATE "C" PRIMARY KEY REFERENCES sojourn_user (id) ON DELETE CASCADE,
  password_hash text NOT NULL
);

CREATE TABLE sojourn_entry (
  space text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  owner text COLLATE "C",
  value text NOT NULL,
  version integer NOT NULL DEFAULT 0,
  expires_at bigint,
  PRIMARY KEY (space, key)
);
CREATE INDEX sojourn_entry_by_owner ON sojourn_entry (space, owner, key) WHERE owner IS NOT NULL;
CREATE INDEX sojourn_entry_by_expiry ON sojourn_entry (expires_at) WHERE expires_at IS NOT NULL;
`;

/** Where a database notes the steps that it has taken. */
export const migrationTable = `CREATE TABLE IF NOT EXISTS sojourn_migration (
  version integer PRIMARY KEY, checksum text NOT NULL, taken_at timestamptz NOT NULL DEFAULT now()
)`;

/** Every step of the schema, in order. */
export const migrations: readonly Migration[] = [{ version: 1, sql: tables }];
