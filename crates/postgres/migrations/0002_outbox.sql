-- The way of events out. Kinds of column: see 0001.

-- An event may be about nobody, gets its place in the stream once it is committed, and may be meant for one endpoint.
ALTER TABLE idv.events
    ALTER COLUMN request_id DROP NOT NULL,
    ALTER COLUMN subject_id DROP NOT NULL,
    ADD COLUMN addressed_to uuid, -- not a foreign key: the event outlives the endpoint
    ADD COLUMN trace        text, -- a W3C traceparent
    ADD COLUMN position     bigint CHECK (position > 0), -- 1, 2, 3 and so on: no gaps
    ADD CHECK ((request_id IS NULL) = (subject_id IS NULL));
UPDATE idv.events e SET position = r.position
FROM (SELECT seq, row_number() OVER (ORDER BY seq) AS position FROM idv.events) AS r
WHERE r.seq = e.seq;
CREATE UNIQUE INDEX events_by_position ON idv.events (position) WHERE position IS NOT NULL;
CREATE INDEX events_unplaced ON idv.events (seq) WHERE position IS NULL;

-- Where the application wants to be told. The row of an endpoint is also the lock of its deliveries. See the module
-- `lock`.
CREATE TABLE idv.endpoints (
    id                uuid   NOT NULL PRIMARY KEY,
    description       text   NOT NULL,
    address           bytea  NOT NULL, -- sealed
    kinds             text   NOT NULL, -- JSON, a list of words; empty for every kind
    payload           text   COLLATE "C" NOT NULL, -- a word
    rate_per_sec      bigint CHECK (rate_per_sec >= 0),
    booked_until      bigint, -- the rate is used up to this time
    state             text   COLLATE "C" NOT NULL CHECK (state IN ('enabled', 'switched_off', 'failing', 'gone')),
    fanned_out_to     bigint NOT NULL CHECK (fanned_out_to >= 0), -- a position
    failing_since     bigint,
    failures_in_a_row bigint NOT NULL,
    paused_until      bigint,
    created_at        bigint NOT NULL,
    updated_at        bigint NOT NULL
);

-- Events on their way. The position says which event it is.
CREATE TABLE idv.event_deliveries (
    endpoint_id uuid   NOT NULL REFERENCES idv.endpoints (id) ON DELETE CASCADE,
    position    bigint NOT NULL,
    request_id  uuid,            -- a copy, as is the next: an event never changes
    written_at  bigint NOT NULL, -- of the event
    state       text   COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts    bigint NOT NULL DEFAULT 0,
    due_at      bigint NOT NULL,
    lease_until bigint, -- nobody else may send it before. In no index, so that taking it writes one row
    PRIMARY KEY (endpoint_id, position)
) WITH (fillfactor = 85);
-- Claiming looks at what is pending only, however many are delivered.
CREATE INDEX event_deliveries_due     ON idv.event_deliveries (endpoint_id, due_at, position) WHERE state = 'pending';
CREATE INDEX event_deliveries_waiting ON idv.event_deliveries (endpoint_id, request_id, position)
    WHERE state = 'pending';
-- For lists, newest event first. Nearly all are delivered: those need no index of their own.
CREATE INDEX event_deliveries_by_position ON idv.event_deliveries (position, endpoint_id);
CREATE INDEX event_deliveries_by_request  ON idv.event_deliveries (request_id, position, endpoint_id)
    WHERE request_id IS NOT NULL;
CREATE INDEX event_deliveries_by_state    ON idv.event_deliveries (state, position, endpoint_id)
    WHERE state <> 'delivered';
CREATE INDEX event_deliveries_by_endpoint_and_state ON idv.event_deliveries (endpoint_id, state, position)
    WHERE state <> 'delivered';
-- What may be forgotten, by its age.
CREATE INDEX event_deliveries_done ON idv.event_deliveries (written_at) WHERE state <> 'pending';

-- What came of each attempt to deliver an event.
CREATE TABLE idv.delivery_attempts (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint_id uuid   NOT NULL,
    position    bigint NOT NULL,
    began_at    bigint NOT NULL,
    took_micros bigint NOT NULL,
    status      bigint, -- of HTTP
    outcome     text   COLLATE "C" NOT NULL, -- a word
    answer      bytea  NOT NULL, -- sealed
    FOREIGN KEY (endpoint_id, position) REFERENCES idv.event_deliveries (endpoint_id, position) ON DELETE CASCADE
);
CREATE INDEX delivery_attempts_of ON idv.delivery_attempts (endpoint_id, position, seq);

-- Ciphertext does not get smaller: Postgres need not try.
ALTER TABLE idv.endpoints         ALTER COLUMN address SET STORAGE EXTERNAL;
ALTER TABLE idv.delivery_attempts ALTER COLUMN answer  SET STORAGE EXTERNAL;
