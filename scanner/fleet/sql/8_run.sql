-- Why chunks were not looked at, and the run that all chunks of one scan at one site are. New in version 2.

-- Chunks that ended without being looked at, in the words of the sensor that could not.
CREATE TABLE failed (
    job bigint PRIMARY KEY REFERENCES procrastinate_jobs ON DELETE CASCADE,
    sensor text NOT NULL REFERENCES sensor,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    why text NOT NULL
);

-- The job could not be done: its own scope forbids it, or somebody at the site stopped it. It is tried no more.
CREATE FUNCTION fail(job_ bigint, fence_ bigint, why_ text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    IF NOT finish(job_, fence_, false) THEN
        RETURN false;
    END IF;
    INSERT INTO failed (job, sensor, why) VALUES (job_, who.id, left(coalesce(why_, ''), 500))
    ON CONFLICT ON CONSTRAINT failed_pkey DO NOTHING;
    RETURN true;
END $$;

-- What each sensor told of each chunk: by all of them together the run is known that they are.
CREATE TABLE told (
    scan text NOT NULL,
    site text NOT NULL REFERENCES site,
    cidr cidr NOT NULL,
    sensor text NOT NULL REFERENCES sensor,
    started timestamptz NOT NULL,
    run bytea NOT NULL,
    PRIMARY KEY (scan, site, cidr, sensor, started)
);

-- Runs to which more may come, or of which something was told that their snapshot in the log does not have yet.
CREATE TABLE unended (
    scan text NOT NULL,
    site text NOT NULL REFERENCES site,
    news boolean NOT NULL,
    PRIMARY KEY (scan, site)
);
