-- Commands, events, erasure and the rotation of the master key. Kinds of column: see 0001.

-- Who gave a command and what it decided. Both JSON, and empty for what a vendor said.
ALTER TABLE observations ADD COLUMN actor TEXT;
ALTER TABLE observations ADD COLUMN command TEXT;
-- The commands of a request are few among its observations.
CREATE INDEX observations_commands ON observations (request_id) WHERE command IS NOT NULL;

-- When a person was erased. Then the blind index is random and the reference is empty.
ALTER TABLE subjects ADD COLUMN erased_at INTEGER;

-- A copy of whether the subject is erased, so that whoever looks for subjects at rest does not meet the erased ones
-- again and again.
ALTER TABLE requests ADD COLUMN subject_erased INTEGER NOT NULL DEFAULT 0 CHECK (subject_erased IN (0, 1));
CREATE INDEX requests_at_rest ON requests (updated_at, subject_id) WHERE is_open = 0 AND subject_erased = 0;
-- What is open is looked through by age and by the time of its last change, however many are closed.
CREATE INDEX requests_open ON requests (created_at, id, updated_at) WHERE is_open = 1;

CREATE INDEX sessions_by_account ON sessions (account, key);
CREATE INDEX deliveries_by_session ON deliveries (account, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX data_keys_by_master_key ON data_keys (master_key_id);

-- A job may be about the request itself. SQLite cannot take back a NOT NULL, so the table is made again.
CREATE TABLE jobs_2 (
    seq         INTEGER NOT NULL PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    kind        TEXT    NOT NULL,
    session_key BLOB    REFERENCES sessions (key),
    request_id  BLOB    NOT NULL REFERENCES requests (id),
    detail      TEXT, -- a word
    due_at      INTEGER NOT NULL,
    lease_until INTEGER,
    attempts    INTEGER NOT NULL,
    last_error  TEXT,
    created_at  INTEGER NOT NULL
) STRICT;
INSERT INTO jobs_2 (seq, id, kind, session_key, request_id, due_at, lease_until, attempts, last_error, created_at)
SELECT j.seq, j.id, j.kind, j.session_key, s.request_id, j.due_at, j.lease_until, j.attempts, j.last_error,
       j.created_at
FROM jobs j JOIN sessions s ON s.key = j.session_key;
DROP TABLE jobs;
ALTER TABLE jobs_2 RENAME TO jobs;
CREATE INDEX jobs_due ON jobs (due_at, seq);
CREATE INDEX jobs_by_session ON jobs (session_key, kind);

-- What the application is told, in the order in which it was written. AUTOINCREMENT: a number is never given twice,
-- not even after the last events were removed, so whoever reads on from a number misses nothing.
CREATE TABLE events (
    seq        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id         BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    request_id BLOB    NOT NULL REFERENCES requests (id),
    subject_id BLOB    NOT NULL REFERENCES subjects (id),
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL, -- a word and a number
    created_at INTEGER NOT NULL,
    payload    BLOB    NOT NULL, -- sealed
    UNIQUE (request_id, key)
) STRICT;
CREATE INDEX events_by_request ON events (request_id);

-- Commands that were given with a key. Key and fingerprint are keyed hashes. The request is not a foreign key: it may
-- be one that the command is about to make.
CREATE TABLE command_keys (
    key         BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    request_id  BLOB,
    outcome     TEXT, -- a word
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX command_keys_by_time ON command_keys (created_at);

-- Persons who were erased: who asked, when, and what was erased. Nobody is named.
CREATE TABLE erasures (
    id         BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    subject_id BLOB    NOT NULL REFERENCES subjects (id),
    actor      TEXT    NOT NULL, -- JSON
    erased_at  INTEGER NOT NULL,
    receipt    TEXT    NOT NULL  -- JSON
) STRICT;
