-- The environment of a request. Kinds of column: see 0001.

-- A word; empty for a request of before, of which nobody wrote it down. Without an index: an installation asks for one
-- environment nearly always, so it only filters what another index yields.
ALTER TABLE requests ADD COLUMN environment TEXT CHECK (environment IN ('live', 'sandbox'));
