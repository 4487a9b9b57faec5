-- Webhooks are worked on by session, a trace goes with them, and nothing is set aside for ever. Kinds of column: see
-- 0001.

-- A W3C `traceparent`: numbers.
ALTER TABLE idv.deliveries ADD COLUMN trace text;

-- What is waiting, by account: one whose vendor is down is passed over as a whole, however much of it waits.
DROP INDEX idv.deliveries_pending;
CREATE INDEX deliveries_waiting ON idv.deliveries (account, due_at, seq) WHERE state = 'pending';
CREATE INDEX deliveries_waiting_of_session ON idv.deliveries (account, session_id, due_at, seq)
    WHERE state = 'pending' AND session_id IS NOT NULL;
-- Sessions that somebody is at work on: as many as there are workers.
CREATE INDEX deliveries_leased ON idv.deliveries (account, session_id, lease_until)
    WHERE state = 'pending' AND session_id IS NOT NULL AND lease_until IS NOT NULL;
-- What has been set aside for too long. An id begins with the time at which it was given.
CREATE INDEX deliveries_unmatched_by_session ON idv.deliveries (account, session_id) WHERE state = 'unmatched';
CREATE INDEX deliveries_unmatched_by_age ON idv.deliveries (account, id) WHERE state = 'unmatched';
CREATE INDEX deliveries_dead_with_body ON idv.deliveries (id) WHERE state = 'dead' AND length(body) > 0;
