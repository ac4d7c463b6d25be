-- What somebody at the centre lets go on before it would by itself, and who that was. New in version 2.

-- Days of rest after a restore that were ended before their time.
CREATE TABLE rested (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    left_s double precision NOT NULL,  -- seconds that the rest had still to go, by the clock of the leases
    by text NOT NULL,
    reason text NOT NULL
);

-- As before, and it is kept as what it is: it was no blackout. False where no rest is.
CREATE OR REPLACE FUNCTION no_rest(by_ text, reason_ text) RETURNS boolean LANGUAGE plpgsql
SET search_path = fleet, pg_temp AS $$
DECLARE
    ends double precision;
BEGIN
    SELECT h.rest INTO ends FROM home h WHERE h.rest > present() FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO rested (left_s, by, reason) VALUES (ends - present(), by_, reason_);
    UPDATE home SET rest = 0;
    RETURN true;
END $$;

-- As go_on(site, by, reason) for one device: for the trips of any sensor of the site that began with this address, and
-- no others. How many that were.
CREATE FUNCTION go_on(site_ text, address_ text, by_ text, reason_ text) RETURNS integer LANGUAGE plpgsql
SET search_path = fleet, pg_temp AS $$
DECLARE
    many integer;
BEGIN
    UPDATE trip t SET resumed = clock_timestamp(), resumed_by = by_, reason = reason_
    WHERE t.site = site_ AND t.address = address_ AND t.resumed IS NULL;
    GET DIAGNOSTICS many = ROW_COUNT;
    RETURN many;
END $$;
