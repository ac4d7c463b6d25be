-- What the centre does beside reading and writing its own tables.

-- Move the clock of the leases on; by a few seconds at most, whatever the centre thinks has passed: it may have stood still.
CREATE FUNCTION tick(elapsed double precision) RETURNS double precision LANGUAGE sql
SET search_path = fleet, pg_temp AS $$
    UPDATE clock SET at = at + greatest(0, least(elapsed, 5)) RETURNING at
$$;

-- Jobs whose sensor has gone are for anybody again; one that outlived five sensors is not tried a sixth time.
CREATE FUNCTION rescue() RETURNS TABLE (job bigint, again boolean) LANGUAGE plpgsql
SET search_path = fleet, pg_temp AS $$
DECLARE
    gone record;
BEGIN
    FOR gone IN
        DELETE FROM held h USING procrastinate_jobs j
        WHERE j.id = h.job AND h.expires < present() RETURNING h.job AS id, j.attempts AS tries
    LOOP
        IF gone.tries >= 4 THEN
            PERFORM procrastinate_finish_job_v1(gone.id, 'failed', false);
        ELSE
            -- no time is set: a job that is due later holds up all others of its lock
            PERFORM procrastinate_retry_job_v2(gone.id, NULL, NULL, NULL, NULL);
        END IF;
        job := gone.id;
        again := gone.tries < 4;
        RETURN NEXT;
    END LOOP;
END $$;
