-- Sessions that are asked about because nothing is heard of them. Kinds of column: see 0001.

-- When the vendor is to be asked about a session if nothing is heard until then; empty for never. And how often that
-- was begun since the state of the session was last written.
ALTER TABLE sessions ADD COLUMN poll_at INTEGER;
ALTER TABLE sessions ADD COLUMN poll_attempts INTEGER NOT NULL DEFAULT 0;
-- Of what is there already, all that somebody still waits for is asked about once.
UPDATE sessions SET poll_at = 0
WHERE session_id IS NOT NULL AND request_id IN (SELECT id FROM requests WHERE is_open = 1);
CREATE INDEX sessions_to_poll ON sessions (account, poll_at) WHERE poll_at IS NOT NULL;

-- Changes of status that were found by asking, and that no webhook had told of.
CREATE TABLE missed_webhooks (
    seq          INTEGER NOT NULL PRIMARY KEY,
    observation  BLOB    NOT NULL UNIQUE CHECK (length(observation) = 16),
    session_key  BLOB    NOT NULL REFERENCES sessions (key),
    request_id   BLOB    NOT NULL REFERENCES requests (id),
    account      TEXT    NOT NULL,
    found_at     INTEGER NOT NULL,
    from_status  TEXT    NOT NULL, -- a word
    to_status    TEXT    NOT NULL, -- a word
    quiet_micros INTEGER NOT NULL,
    arrived_at   INTEGER -- when a webhook came after all
) STRICT;
CREATE INDEX missed_webhooks_by_time    ON missed_webhooks (found_at);
CREATE INDEX missed_webhooks_by_account ON missed_webhooks (account, found_at);
-- A webhook that comes looks at what it may be late for.
CREATE INDEX missed_webhooks_open ON missed_webhooks (session_key) WHERE arrived_at IS NULL;

-- The processes that share the file, and when each has last said that it is there.
CREATE TABLE replicas (
    holder  BLOB    NOT NULL PRIMARY KEY CHECK (length(holder) = 16),
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
