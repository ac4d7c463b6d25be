-- What the health page cannot read from anything else. New in version 2.

-- When the centre last moved the clock, by this server's own: for people, nothing runs out by it.
ALTER TABLE clock ADD COLUMN turned timestamptz;

CREATE OR REPLACE FUNCTION tick(elapsed double precision) RETURNS double precision LANGUAGE sql
SET search_path = fleet, pg_temp AS $$
    UPDATE clock SET at = at + greatest(0, least(elapsed, 5)), turned = clock_timestamp() RETURNING at
$$;

-- The last time that everything was judged, and the last time that this failed.
CREATE TABLE judged (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    at timestamptz,
    devices integer,
    took double precision,
    failed timestamptz,
    why text
);
INSERT INTO judged DEFAULT VALUES;
