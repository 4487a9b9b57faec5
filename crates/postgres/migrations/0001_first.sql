-- The first schema. A migration is never edited once it was released: a change is a new file.
--
-- Everything lies in the schema `idv` and every statement names it, so the tables can stand beside those of an
-- application, whatever its search path is.
--
-- Kinds of column:
--   ids        uuid
--   times      bigint, microseconds since 1970-01-01T00:00:00Z. Exact, the same in every time zone, and the same as
--              in the other store. To read one: to_timestamp(created_at / 1e6)
--   words      text, from a closed list of ours
--   names      text from outside. U+0000, which text cannot hold, is written as U+001A '0', and U+001A as U+001A '1'
--   sealed     bytea, ciphertext of the engine; named in a comment wherever it stands
--   JSON       text, normalized and free of personal data. Not jsonb: it must read back as it was written
--
-- Text that is indexed is collated "C": its order is not looked at, and an index of another collation is silently
-- wrong after an update of the operating system's locales.

-- Values of the installation itself, such as the fingerprint of the master key.
CREATE TABLE idv.meta (
    name  text COLLATE "C" NOT NULL PRIMARY KEY,
    value bytea NOT NULL
);

-- Data keys, each wrapped by a master key. An owner has one.
CREATE TABLE idv.data_keys (
    id            uuid   NOT NULL PRIMARY KEY,
    account       text   COLLATE "C" UNIQUE,
    subject_id    uuid   UNIQUE,
    master_key_id text   COLLATE "C" NOT NULL,
    wrapped       bytea  NOT NULL, -- sealed
    created_at    bigint NOT NULL,
    CHECK ((account IS NULL) <> (subject_id IS NULL))
);
CREATE INDEX data_keys_by_master_key ON idv.data_keys (master_key_id);

-- The row of a subject is also the lock of everything about that subject. See the module `lock`.
CREATE TABLE idv.subjects (
    id          uuid   NOT NULL PRIMARY KEY,
    blind_index bytea  NOT NULL UNIQUE CHECK (length(blind_index) = 32),
    reference   bytea  NOT NULL, -- sealed
    created_at  bigint NOT NULL,
    erased_at   bigint -- from then on the blind index is random and the reference is empty
);

CREATE TABLE idv.requests (
    id              uuid    NOT NULL PRIMARY KEY,
    subject_id      uuid    NOT NULL REFERENCES idv.subjects (id),
    -- Without an index: an installation asks for one environment nearly always, so it only filters.
    environment     text    CHECK (environment IN ('live', 'sandbox')),
    organization    text,
    reason          text,
    document_type   text,
    -- Copies of what is in `state`, to search by. Written together with it.
    status          text    COLLATE "C" NOT NULL,
    summary         text    COLLATE "C" NOT NULL,
    is_open         boolean NOT NULL,
    -- Not a foreign key: request and session point at each other.
    current_session uuid,
    created_at      bigint  NOT NULL,
    updated_at      bigint  NOT NULL,
    state           text    NOT NULL, -- JSON
    person          bytea,            -- sealed
    -- A copy of whether the subject is erased, so that whoever looks for subjects at rest does not meet the erased
    -- ones again and again.
    subject_erased  boolean NOT NULL DEFAULT false
);

-- A subject has at most one open request. The lock on the subject is the first guard, this is the second.
CREATE UNIQUE INDEX one_open_request_per_subject ON idv.requests (subject_id) WHERE is_open;
-- Lists are newest first; the id breaks ties.
CREATE INDEX requests_by_time    ON idv.requests (created_at, id);
CREATE INDEX requests_by_subject ON idv.requests (subject_id, created_at, id);
CREATE INDEX requests_by_status  ON idv.requests (status, created_at, id);
CREATE INDEX requests_by_summary ON idv.requests (summary, created_at, id);
-- What is open is looked through by age and by the time of its last change, however many are closed.
CREATE INDEX requests_open       ON idv.requests (created_at, id, updated_at) WHERE is_open;
CREATE INDEX requests_at_rest    ON idv.requests (updated_at, subject_id) WHERE NOT is_open AND NOT subject_erased;

-- The organizations a request has consequences for. It only grows.
CREATE TABLE idv.affected_organizations (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request_id   uuid   NOT NULL REFERENCES idv.requests (id),
    organization text   COLLATE "C" NOT NULL,
    created_at   bigint NOT NULL, -- of the request, so that one index serves a list
    UNIQUE (request_id, organization)
);
CREATE INDEX affected_organizations_by_time ON idv.affected_organizations (organization, created_at, request_id);

CREATE TABLE idv.sessions (
    seq             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order in which they were written down
    key             uuid   NOT NULL UNIQUE,
    request_id      uuid   NOT NULL REFERENCES idv.requests (id),
    account         text   COLLATE "C" NOT NULL,
    provider        text   NOT NULL,
    session_id      text   COLLATE "C",
    idempotency_key text   NOT NULL,
    created_at      bigint NOT NULL,
    updated_at      bigint NOT NULL,
    state           text   NOT NULL, -- JSON
    intent          bytea            -- sealed
);
-- Partial on purpose: writing a column of a whole unique index takes a lock that keeps away whoever only refers to
-- the row, such as an observation that is added.
CREATE UNIQUE INDEX one_session_per_vendor_id ON idv.sessions (account, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX sessions_by_request ON idv.sessions (request_id, seq);
CREATE INDEX sessions_by_account ON idv.sessions (account, key);

-- What we learned, in the order in which we learned it.
CREATE TABLE idv.observations (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          uuid   NOT NULL UNIQUE,
    request_id  uuid   NOT NULL REFERENCES idv.requests (id),
    session_key uuid   REFERENCES idv.sessions (key),
    source      text   COLLATE "C" NOT NULL,
    what        text   NOT NULL,
    observed_at bigint NOT NULL,
    as_of       bigint NOT NULL,
    delivery    uuid,
    vendor_time bigint,
    mapped      text, -- JSON
    -- Who gave a command and what it decided; empty for what a vendor said.
    actor       text, -- JSON
    command     text, -- JSON
    raw         bytea -- sealed
);
CREATE UNIQUE INDEX one_observation_per_delivery_and_source
    ON idv.observations (delivery, source) WHERE delivery IS NOT NULL;
CREATE INDEX observations_by_request ON idv.observations (request_id, seq);
CREATE INDEX observations_by_session ON idv.observations (session_key, seq);
-- The commands of a request are few among its observations.
CREATE INDEX observations_commands ON idv.observations (request_id, seq) WHERE command IS NOT NULL;

-- History is not rewritten. Erasing a person destroys the key, not the row.
CREATE FUNCTION idv.refuse_to_rewrite_history() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'observations are never %', CASE TG_OP WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END;
END
$$;
CREATE TRIGGER observations_never_change BEFORE UPDATE ON idv.observations
    FOR EACH ROW EXECUTE FUNCTION idv.refuse_to_rewrite_history();
CREATE TRIGGER observations_never_go BEFORE DELETE ON idv.observations
    FOR EACH ROW EXECUTE FUNCTION idv.refuse_to_rewrite_history();
CREATE TRIGGER observations_are_never_emptied BEFORE TRUNCATE ON idv.observations
    FOR EACH STATEMENT EXECUTE FUNCTION idv.refuse_to_rewrite_history();

-- The saved steps of starts under way: ids of the vendor, nothing of the person.
CREATE TABLE idv.checkpoints (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_key uuid   NOT NULL REFERENCES idv.sessions (key),
    step        text   COLLATE "C" NOT NULL,
    value       text   NOT NULL,
    UNIQUE (session_key, step)
);

-- The inbox.
CREATE SEQUENCE idv.deliveries_seq;
CREATE TABLE idv.deliveries (
    seq         bigint NOT NULL PRIMARY KEY DEFAULT nextval('idv.deliveries_seq'), -- the order of arrival
    id          uuid   NOT NULL UNIQUE,
    account     text   COLLATE "C" NOT NULL,
    dedup_key   text   COLLATE "C" NOT NULL,
    state       text   COLLATE "C" NOT NULL DEFAULT 'pending'
                CHECK (state IN ('pending', 'done', 'ignored', 'unmatched', 'dead')),
    session_id  text   COLLATE "C",
    attempts    bigint NOT NULL DEFAULT 0,
    due_at      bigint NOT NULL,
    lease_until bigint, -- nobody else may work on it before
    woken_at    bigint, -- a duplicate came after work on it had begun: it needs another round
    reason      text,
    receipt     text   NOT NULL, -- JSON
    body        bytea  NOT NULL, -- sealed
    UNIQUE (account, dedup_key)
);
ALTER SEQUENCE idv.deliveries_seq OWNED BY idv.deliveries.seq;
-- Claiming looks at what is pending only, however many are done.
CREATE INDEX deliveries_pending   ON idv.deliveries (due_at, seq) WHERE state = 'pending';
-- For lists, newest first.
CREATE INDEX deliveries_by_state   ON idv.deliveries (state, seq);
CREATE INDEX deliveries_by_account ON idv.deliveries (account, seq);
CREATE INDEX deliveries_by_account_and_state ON idv.deliveries (account, state, seq);
-- A session has few, whatever became of them.
CREATE INDEX deliveries_by_session ON idv.deliveries (account, session_id, seq) WHERE session_id IS NOT NULL;

-- How many deliveries are in each state: counting a million rows takes too long. Every change adds a row here, and
-- the numbers are the sums. Nobody updates a row, so nobody waits for anybody; what has piled up is added together
-- from time to time.
CREATE TABLE idv.delivery_counts (
    seq    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state  text   COLLATE "C" NOT NULL,
    number bigint NOT NULL
);
CREATE FUNCTION idv.count_new_deliveries() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO idv.delivery_counts (state, number) SELECT state, count(*) FROM arrived GROUP BY state;
    RETURN NULL;
END
$$;
CREATE FUNCTION idv.count_moved_delivery() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO idv.delivery_counts (state, number) VALUES (OLD.state, -1), (NEW.state, 1);
    RETURN NULL;
END
$$;
CREATE FUNCTION idv.count_removed_delivery() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO idv.delivery_counts (state, number) VALUES (OLD.state, -1);
    RETURN NULL;
END
$$;
CREATE TRIGGER deliveries_are_counted AFTER INSERT ON idv.deliveries
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION idv.count_new_deliveries();
CREATE TRIGGER deliveries_stay_counted AFTER UPDATE OF state ON idv.deliveries
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION idv.count_moved_delivery();
CREATE TRIGGER deliveries_are_uncounted AFTER DELETE ON idv.deliveries
    FOR EACH ROW EXECUTE FUNCTION idv.count_removed_delivery();

-- Calls to the world outside that must happen. A job that is done is removed.
CREATE TABLE idv.jobs (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          uuid   NOT NULL UNIQUE,
    kind        text   COLLATE "C" NOT NULL,
    session_key uuid   REFERENCES idv.sessions (key),
    request_id  uuid   NOT NULL REFERENCES idv.requests (id),
    detail      text, -- a word
    due_at      bigint NOT NULL,
    lease_until bigint,
    attempts    bigint NOT NULL,
    last_error  text,
    created_at  bigint NOT NULL
);
CREATE INDEX jobs_due ON idv.jobs (due_at, seq);
CREATE INDEX jobs_by_session ON idv.jobs (session_key, kind);

-- What the application is told. The numbers of one request are in the order in which its events were committed. Those
-- of different requests are not: a smaller number may appear after a larger one.
CREATE TABLE idv.events (
    seq        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id         uuid   NOT NULL UNIQUE,
    request_id uuid   NOT NULL REFERENCES idv.requests (id),
    subject_id uuid   NOT NULL REFERENCES idv.subjects (id),
    kind       text   COLLATE "C" NOT NULL,
    key        text   COLLATE "C" NOT NULL, -- a word and a number
    created_at bigint NOT NULL,
    payload    bytea  NOT NULL, -- sealed
    UNIQUE (request_id, key)
);
CREATE INDEX events_by_request ON idv.events (request_id, seq);

-- Commands that were given with a key. Key and fingerprint are keyed hashes. The request is not a foreign key: it may
-- be one that the command is about to make.
CREATE TABLE idv.command_keys (
    key         bytea  NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    fingerprint bytea  NOT NULL CHECK (length(fingerprint) = 32),
    request_id  uuid,
    outcome     text, -- a word
    created_at  bigint NOT NULL
);
CREATE INDEX command_keys_by_time ON idv.command_keys (created_at);

-- Persons who were erased: who asked, when, and what was erased. Nobody is named.
CREATE TABLE idv.erasures (
    id         uuid   NOT NULL PRIMARY KEY,
    subject_id uuid   NOT NULL REFERENCES idv.subjects (id),
    actor      text   NOT NULL, -- JSON
    erased_at  bigint NOT NULL,
    receipt    text   NOT NULL  -- JSON
);

-- The keys applications call us with: a hash, never the key.
CREATE TABLE idv.api_keys (
    seq           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            uuid   NOT NULL UNIQUE,
    name          text   COLLATE "C" NOT NULL,
    secret_sha256 bytea  NOT NULL CHECK (length(secret_sha256) = 32),
    scopes        text   NOT NULL, -- JSON
    created_at    bigint NOT NULL,
    revoked_at    bigint
);
CREATE UNIQUE INDEX one_valid_key_per_name ON idv.api_keys (name) WHERE revoked_at IS NULL;

-- Ciphertext does not get smaller: Postgres need not try.
ALTER TABLE idv.requests     ALTER COLUMN person SET STORAGE EXTERNAL;
ALTER TABLE idv.sessions     ALTER COLUMN intent SET STORAGE EXTERNAL;
ALTER TABLE idv.observations ALTER COLUMN raw    SET STORAGE EXTERNAL;
ALTER TABLE idv.deliveries   ALTER COLUMN body   SET STORAGE EXTERNAL;
ALTER TABLE idv.events       ALTER COLUMN payload SET STORAGE EXTERNAL;
