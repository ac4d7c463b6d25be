-- What keeps the promises when the database is an older one than the sensors remember. New in version 2.

-- Where this database stands. A dump that was read in, a copy, a standby that took over and a server that was set back
-- in time stand somewhere else: there, sensors are refused until a centre has taken the database into use.
CREATE TABLE home (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    at text NOT NULL,
    opens double precision NOT NULL DEFAULT 0,  -- until then nobody is given anything: what was given may still hold
    rest double precision NOT NULL DEFAULT 0    -- until then nothing is sent: what was spent is not known
);

-- The server, its line of history, the database and this very table: each kind of restoring changes one of them.
CREATE FUNCTION here() RETURNS text LANGUAGE sql STABLE
SET search_path = fleet, pg_temp AS $$
    SELECT concat_ws('/',
        (SELECT c.system_identifier FROM pg_catalog.pg_control_system() c),
        substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8),
        (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()),
        to_regclass('fleet.home')::oid)
$$;
INSERT INTO home (at) VALUES (here());

-- Take this database into use where it stands. The first fence from now on; null where it stood here before.
CREATE FUNCTION settle() RETURNS bigint LANGUAGE plpgsql
SET search_path = fleet, pg_temp AS $$
DECLARE
    number bigint;
BEGIN
    PERFORM 1 FROM home h WHERE h.at = here() FOR UPDATE;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    -- Beyond any fence that was given after the backup: the time in milliseconds grows faster than leases are given.
    -- The lowest bits are drawn, should this server's clock have been set back.
    number := greatest(
        (SELECT f.last_value FROM fence f), floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint << 20
    ) + floor(random() * 1048576)::bigint;
    PERFORM setval('fence', number);
    -- leases that the backup does not know have run out by `opens`, budgets by `rest`
    UPDATE home SET at = here(), rest = present() + lasts('budget'),
        opens = present() + greatest(lasts('job'), lasts('device'), lasts('rate') + 2);
    RETURN number + 1;
END $$;

-- End the day of rest sooner, by the word of somebody who knows that nothing was sent since the backup.
CREATE FUNCTION no_rest(by_ text, reason_ text) RETURNS boolean LANGUAGE plpgsql
SET search_path = fleet, pg_temp AS $$
BEGIN
    UPDATE home SET rest = 0 WHERE rest > present();
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO blackout_past (site, by, reason, since, ended_by)
    VALUES ('', 'restore', reason_, clock_timestamp(), by_);
    RETURN true;
END $$;

-- As before, but nobody while this database has not been taken into use.
CREATE OR REPLACE FUNCTION me() RETURNS sensor LANGUAGE plpgsql STABLE
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor;
BEGIN
    SELECT s.* INTO who
    FROM sensor s
    JOIN certificate c ON c.sensor = s.id
    JOIN pg_catalog.pg_stat_ssl tls ON tls.pid = pg_catalog.pg_backend_pid() AND tls.client_serial = c.serial
    WHERE s.role = session_user AND s.revoked IS NULL AND c.revoked IS NULL AND c.not_after > clock_timestamp();
    IF NOT FOUND THEN
        -- a code of our own: no other refusal is to be taken for this one, in whatever language the server speaks
        RAISE EXCEPTION USING ERRCODE = 'SH001', MESSAGE = 'this sensor is not enrolled, or its certificate was revoked';
    END IF;
    PERFORM 1 FROM home h WHERE h.at = here() AND h.opens <= present();
    IF NOT FOUND THEN
        RAISE object_not_in_prerequisite_state
        USING MESSAGE = 'this database was restored; nobody is given anything until the centre has taken it into use';
    END IF;
    RETURN who;
END $$;

-- As before, and all of them during the day of rest.
CREATE OR REPLACE FUNCTION dark(site_ text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = fleet, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM blackout WHERE site IN ('', site_))
        OR EXISTS (SELECT 1 FROM home h WHERE h.rest > present())
$$;
