-- The way of events out. Kinds of column: see 0001.

-- An event may be about nobody, gets its place in the stream once it is committed, and may be meant for one endpoint.
-- SQLite cannot take back a NOT NULL, so the table is made again. AUTOINCREMENT goes on from where it was.
CREATE TABLE events_2 (
    seq          INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id           BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    request_id   BLOB    REFERENCES requests (id),
    subject_id   BLOB    REFERENCES subjects (id),
    kind         TEXT    NOT NULL,
    key          TEXT    NOT NULL, -- a word and a number
    created_at   INTEGER NOT NULL,
    position     INTEGER UNIQUE CHECK (position > 0), -- 1, 2, 3 and so on: no gaps
    addressed_to BLOB    CHECK (length(addressed_to) = 16), -- not a foreign key: the event outlives the endpoint
    trace        TEXT, -- a W3C traceparent
    payload      BLOB    NOT NULL, -- sealed
    UNIQUE (request_id, key),
    CHECK ((request_id IS NULL) = (subject_id IS NULL))
) STRICT;
INSERT INTO sqlite_sequence (name, seq) SELECT 'events_2', seq FROM sqlite_sequence WHERE name = 'events';
INSERT INTO events_2 (seq, id, request_id, subject_id, kind, key, created_at, position, payload)
SELECT seq, id, request_id, subject_id, kind, key, created_at, row_number() OVER (ORDER BY seq), payload
FROM events ORDER BY seq;
DROP TABLE events;
ALTER TABLE events_2 RENAME TO events;
CREATE INDEX events_by_request ON events (request_id);
CREATE INDEX events_unplaced   ON events (seq) WHERE position IS NULL;

-- Where the application wants to be told.
CREATE TABLE endpoints (
    id                BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    description       TEXT    NOT NULL,
    address           BLOB    NOT NULL, -- sealed
    kinds             TEXT    NOT NULL, -- JSON, a list of words; empty for every kind
    payload           TEXT    NOT NULL, -- a word
    rate_per_sec      INTEGER CHECK (rate_per_sec >= 0),
    booked_until      INTEGER, -- the rate is used up to this time
    state             TEXT    NOT NULL CHECK (state IN ('enabled', 'switched_off', 'failing', 'gone')),
    fanned_out_to     INTEGER NOT NULL CHECK (fanned_out_to >= 0), -- a position
    failing_since     INTEGER,
    failures_in_a_row INTEGER NOT NULL,
    paused_until      INTEGER,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
) STRICT;

-- Events on their way. The position says which event it is.
CREATE TABLE event_deliveries (
    endpoint_id BLOB    NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    position    INTEGER NOT NULL,
    request_id  BLOB,             -- a copy, as is the next: an event never changes
    written_at  INTEGER NOT NULL, -- of the event
    state       TEXT    NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    due_at      INTEGER NOT NULL,
    lease_until INTEGER, -- nobody else may send it before
    PRIMARY KEY (endpoint_id, position)
) STRICT, WITHOUT ROWID;
-- Claiming looks at what is pending only, however many are delivered.
CREATE INDEX event_deliveries_due     ON event_deliveries (endpoint_id, due_at, position) WHERE state = 'pending';
CREATE INDEX event_deliveries_waiting ON event_deliveries (endpoint_id, request_id, position) WHERE state = 'pending';
-- For lists, newest event first. Nearly all are delivered: those need no index of their own.
CREATE INDEX event_deliveries_by_position ON event_deliveries (position, endpoint_id);
CREATE INDEX event_deliveries_by_request  ON event_deliveries (request_id, position, endpoint_id)
    WHERE request_id IS NOT NULL;
CREATE INDEX event_deliveries_by_state    ON event_deliveries (state, position, endpoint_id)
    WHERE state <> 'delivered';
CREATE INDEX event_deliveries_by_endpoint_and_state ON event_deliveries (endpoint_id, state, position)
    WHERE state <> 'delivered';
-- What may be forgotten, by its age.
CREATE INDEX event_deliveries_done ON event_deliveries (written_at) WHERE state <> 'pending';

-- What came of each attempt to deliver an event.
CREATE TABLE delivery_attempts (
    seq         INTEGER NOT NULL PRIMARY KEY,
    endpoint_id BLOB    NOT NULL,
    position    INTEGER NOT NULL,
    began_at    INTEGER NOT NULL,
    took_micros INTEGER NOT NULL,
    status      INTEGER, -- of HTTP
    outcome     TEXT    NOT NULL, -- a word
    answer      BLOB    NOT NULL, -- sealed
    FOREIGN KEY (endpoint_id, position) REFERENCES event_deliveries (endpoint_id, position) ON DELETE CASCADE
) STRICT;
CREATE INDEX delivery_attempts_of ON delivery_attempts (endpoint_id, position);
