-- What is there of one session. What is pending has an index of its own (deliveries_waiting_of_session), and is left out of
-- this one: a webhook that is taken in then changes one page less, out of many that nobody else changes.
DROP INDEX deliveries_by_session;
CREATE INDEX deliveries_worked_on_of_session ON deliveries (account, session_id)
    WHERE state <> 'pending' AND session_id IS NOT NULL;
