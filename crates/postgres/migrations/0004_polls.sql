-- Sessions that are asked about because nothing is heard of them. Kinds of column: see 0001.

-- When the vendor is to be asked about a session if nothing is heard until then; empty for never. And how often that
-- was begun since the state of the session was last written.
ALTER TABLE idv.sessions ADD COLUMN poll_at bigint;
ALTER TABLE idv.sessions ADD COLUMN poll_attempts bigint NOT NULL DEFAULT 0;
-- Of what is there already, all that somebody still waits for is asked about once.
UPDATE idv.sessions SET poll_at = 0
WHERE session_id IS NOT NULL AND request_id IN (SELECT id FROM idv.requests WHERE is_open);
CREATE INDEX sessions_to_poll ON idv.sessions (account, poll_at, seq) WHERE poll_at IS NOT NULL;

-- Changes of status that were found by asking, and that no webhook had told of.
CREATE TABLE idv.missed_webhooks (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    observation  uuid   NOT NULL UNIQUE,
    session_key  uuid   NOT NULL REFERENCES idv.sessions (key),
    request_id   uuid   NOT NULL REFERENCES idv.requests (id),
    account      text   COLLATE "C" NOT NULL,
    found_at     bigint NOT NULL,
    from_status  text   NOT NULL, -- a word
    to_status    text   NOT NULL, -- a word
    quiet_micros bigint NOT NULL,
    arrived_at   bigint -- when a webhook came after all
);
CREATE INDEX missed_webhooks_by_time    ON idv.missed_webhooks (found_at, seq);
CREATE INDEX missed_webhooks_by_account ON idv.missed_webhooks (account, found_at, seq);
-- A webhook that comes looks at what it may be late for.
CREATE INDEX missed_webhooks_open ON idv.missed_webhooks (session_key) WHERE arrived_at IS NULL;

-- The processes that share the database, and when each has last said that it is there.
CREATE TABLE idv.replicas (
    holder  uuid   NOT NULL PRIMARY KEY,
    seen_at bigint NOT NULL
);
