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
