-- What faults taught.

-- That a sensor which keeps a call of its own open holds up its own job and not the centre: rescue() in 5_schedule.sql.

-- A batch with something in it that is from later than the centre's clock says waits until the clock has come that far:
-- one of the two clocks jumped, and nobody can tell which. Nothing is lost by it, and nobody else's batch is held up.
ALTER TABLE inbox ADD COLUMN not_before timestamptz;

-- A sensor that was told to end, or that heard too late of its hold, gives its job back: it is for others at the next
-- turn of the centre, and has outlived nobody. False when it had gone to somebody else.
CREATE FUNCTION leave(job_ bigint, fence_ bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    UPDATE held h SET told = true, expires = least(h.expires, present() - 1)
    WHERE h.job = job_ AND h.fence = fence_ AND h.sensor = who.id;
    RETURN FOUND;
END $$;

-- The number of the newest snapshot of each run in the log. Numbers are taken while nobody else may look at what was
-- told of that run, and are written by the transaction that writes the snapshot. So a centre that stood still in
-- between, and was displaced, writes nothing over what its successor wrote.
CREATE TABLE saved (
    run text PRIMARY KEY,
    number bigint NOT NULL
);
