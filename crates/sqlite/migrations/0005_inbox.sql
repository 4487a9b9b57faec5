-- Webhooks are worked on by session, a trace goes with them, and nothing is set aside for ever. Kinds of column: see
-- 0001.

-- A W3C `traceparent`: numbers.
ALTER TABLE deliveries ADD COLUMN trace TEXT;

-- What is waiting, by account: one whose vendor is down is passed over as a whole, however much of it waits. The
-- columns after `seq` are there so that the rows themselves need not be looked at.
DROP INDEX deliveries_pending;
CREATE INDEX deliveries_waiting ON deliveries (account, due_at, seq, session_id, lease_until) WHERE state = 'pending';
CREATE INDEX deliveries_waiting_of_session ON deliveries (account, session_id, due_at, seq)
    WHERE state = 'pending' AND session_id IS NOT NULL;
-- Sessions that somebody is at work on: as many as there are workers.
CREATE INDEX deliveries_leased ON deliveries (account, session_id, lease_until)
    WHERE state = 'pending' AND session_id IS NOT NULL AND lease_until IS NOT NULL;
-- What has been set aside for too long. An id begins with the time at which it was given.
CREATE INDEX deliveries_unmatched_by_age ON deliveries (account, id) WHERE state = 'unmatched';
CREATE INDEX deliveries_dead_with_body ON deliveries (id) WHERE state = 'dead' AND length(body) > 0;
