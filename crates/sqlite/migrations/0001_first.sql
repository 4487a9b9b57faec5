-- The first schema. A migration is never edited once it was released: a change is a new file.
--
-- Kinds of column:
--   ids        BLOB, the 16 bytes of a UUID
--   times      INTEGER, microseconds since 1970-01-01T00:00:00Z
--   words      TEXT, from a closed list of ours
--   sealed     BLOB, ciphertext of the engine; named in a comment wherever it stands
--   JSON       TEXT, normalized and free of personal data

-- Values of the installation itself, such as the fingerprint of the master key.
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

-- Data keys, each wrapped by a master key. An owner has one.
CREATE TABLE data_keys (
    id            BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account       TEXT    UNIQUE,
    subject_id    BLOB    UNIQUE CHECK (length(subject_id) = 16),
    master_key_id TEXT    NOT NULL,
    wrapped       BLOB    NOT NULL, -- sealed
    created_at    INTEGER NOT NULL,
    CHECK ((account IS NULL) <> (subject_id IS NULL))
) STRICT;

CREATE TABLE subjects (
    id          BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    blind_index BLOB    NOT NULL UNIQUE CHECK (length(blind_index) = 32),
    reference   BLOB    NOT NULL, -- sealed
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE requests (
    id              BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    subject_id      BLOB    NOT NULL REFERENCES subjects (id),
    organization    TEXT,
    reason          TEXT,
    document_type   TEXT,
    -- Copies of what is in `state`, to search by. Written together with it.
    status          TEXT    NOT NULL,
    summary         TEXT    NOT NULL,
    is_open         INTEGER NOT NULL CHECK (is_open IN (0, 1)),
    -- Not a foreign key: request and session point at each other, and SQLite would look through all requests
    -- for every new session.
    current_session BLOB,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    state           TEXT    NOT NULL, -- JSON
    person          BLOB              -- sealed
) STRICT;

-- A subject has at most one open request. The lock on the subject is the first guard, this is the second.
CREATE UNIQUE INDEX one_open_request_per_subject ON requests (subject_id) WHERE is_open = 1;
-- Lists are newest first; the id breaks ties.
CREATE INDEX requests_by_time    ON requests (created_at, id);
CREATE INDEX requests_by_subject ON requests (subject_id, created_at, id);
CREATE INDEX requests_by_status  ON requests (status, created_at, id);
CREATE INDEX requests_by_summary ON requests (summary, created_at, id);

-- The organizations a request has consequences for. It only grows.
CREATE TABLE affected_organizations (
    seq          INTEGER NOT NULL PRIMARY KEY,
    request_id   BLOB    NOT NULL REFERENCES requests (id),
    organization TEXT    NOT NULL,
    created_at   INTEGER NOT NULL, -- of the request, so that one index serves a list
    UNIQUE (request_id, organization)
) STRICT;
CREATE INDEX affected_organizations_by_time ON affected_organizations (organization, created_at, request_id);

CREATE TABLE sessions (
    seq             INTEGER NOT NULL PRIMARY KEY, -- the order in which they were written down
    key             BLOB    NOT NULL UNIQUE CHECK (length(key) = 16),
    request_id      BLOB    NOT NULL REFERENCES requests (id),
    account         TEXT    NOT NULL,
    provider        TEXT    NOT NULL,
    session_id      TEXT,
    idempotency_key TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    state           TEXT    NOT NULL, -- JSON
    intent          BLOB,             -- sealed
    UNIQUE (account, session_id)
) STRICT;
CREATE INDEX sessions_by_request ON sessions (request_id);

-- What we learned, in the order in which we learned it. `raw` is last: rows are mostly read without it.
CREATE TABLE observations (
    seq         INTEGER NOT NULL PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    request_id  BLOB    NOT NULL REFERENCES requests (id),
    session_key BLOB    REFERENCES sessions (key),
    source      TEXT    NOT NULL,
    what        TEXT    NOT NULL,
    observed_at INTEGER NOT NULL,
    as_of       INTEGER NOT NULL,
    delivery    BLOB,
    vendor_time INTEGER,
    mapped      TEXT, -- JSON
    raw         BLOB  -- sealed
) STRICT;
CREATE UNIQUE INDEX one_observation_per_delivery_and_source
    ON observations (delivery, source) WHERE delivery IS NOT NULL;
CREATE INDEX observations_by_request ON observations (request_id);
CREATE INDEX observations_by_session ON observations (session_key);

-- History is not rewritten. Erasing a person destroys the key, not the row.
CREATE TRIGGER observations_never_change BEFORE UPDATE ON observations
BEGIN SELECT RAISE (ABORT, 'observations are never changed'); END;
CREATE TRIGGER observations_never_go BEFORE DELETE ON observations
BEGIN SELECT RAISE (ABORT, 'observations are never removed'); END;

-- The saved steps of starts under way: ids of the vendor, nothing of the person.
CREATE TABLE checkpoints (
    seq         INTEGER NOT NULL PRIMARY KEY,
    session_key BLOB    NOT NULL REFERENCES sessions (key),
    step        TEXT    NOT NULL,
    value       TEXT    NOT NULL,
    UNIQUE (session_key, step)
) STRICT;

-- The inbox.
CREATE TABLE deliveries (
    seq         INTEGER NOT NULL PRIMARY KEY, -- the order of arrival
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    account     TEXT    NOT NULL,
    dedup_key   TEXT    NOT NULL,
    state       TEXT    NOT NULL DEFAULT 'pending'
                CHECK (state IN ('pending', 'done', 'ignored', 'unmatched', 'dead')),
    session_id  TEXT,
    attempts    INTEGER NOT NULL DEFAULT 0,
    due_at      INTEGER NOT NULL,
    lease_until INTEGER, -- nobody else may work on it before
    woken_at    INTEGER, -- a duplicate came after work on it had begun: it needs another round
    reason      TEXT,
    receipt     TEXT    NOT NULL, -- JSON
    body        BLOB    NOT NULL, -- sealed
    UNIQUE (account, dedup_key)
) STRICT;
-- Claiming looks at what is pending only, however many are done.
CREATE INDEX deliveries_pending   ON deliveries (due_at, seq) WHERE state = 'pending';
CREATE INDEX deliveries_unmatched ON deliveries (account, session_id) WHERE state = 'unmatched';
-- For lists, newest first.
CREATE INDEX deliveries_by_state   ON deliveries (state);
CREATE INDEX deliveries_by_account ON deliveries (account);
CREATE INDEX deliveries_by_account_and_state ON deliveries (account, state);

-- How many deliveries are in each state, kept by the triggers below: counting a million rows takes too long.
CREATE TABLE delivery_counts (
    state  TEXT    NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL CHECK (number >= 0)
) STRICT;
INSERT INTO delivery_counts (state, number)
VALUES ('pending', 0), ('done', 0), ('ignored', 0), ('unmatched', 0), ('dead', 0);
CREATE TRIGGER deliveries_are_counted AFTER INSERT ON deliveries
BEGIN
    UPDATE delivery_counts SET number = number + 1 WHERE state = NEW.state;
END;
CREATE TRIGGER deliveries_stay_counted AFTER UPDATE OF state ON deliveries WHEN OLD.state <> NEW.state
BEGIN
    UPDATE delivery_counts SET number = number - 1 WHERE state = OLD.state;
    UPDATE delivery_counts SET number = number + 1 WHERE state = NEW.state;
END;
CREATE TRIGGER deliveries_are_uncounted AFTER DELETE ON deliveries
BEGIN
    UPDATE delivery_counts SET number = number - 1 WHERE state = OLD.state;
END;

-- Calls to vendors that must happen. A job that is done is removed.
CREATE TABLE jobs (
    seq         INTEGER NOT NULL PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    kind        TEXT    NOT NULL,
    session_key BLOB    NOT NULL REFERENCES sessions (key),
    due_at      INTEGER NOT NULL,
    lease_until INTEGER,
    attempts    INTEGER NOT NULL,
    last_error  TEXT,
    created_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_due ON jobs (due_at, seq);
CREATE INDEX jobs_by_session ON jobs (session_key, kind);

-- The keys applications call us with: a hash, never the key.
CREATE TABLE api_keys (
    seq           INTEGER NOT NULL PRIMARY KEY,
    id            BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    name          TEXT    NOT NULL,
    secret_sha256 BLOB    NOT NULL CHECK (length(secret_sha256) = 32),
    scopes        TEXT    NOT NULL, -- JSON
    created_at    INTEGER NOT NULL,
    revoked_at    INTEGER
) STRICT;
CREATE UNIQUE INDEX one_valid_key_per_name ON api_keys (name) WHERE revoked_at IS NULL;
