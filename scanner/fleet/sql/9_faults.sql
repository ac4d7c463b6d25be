-- What faults taught.

-- That a sensor which keeps a call of its own open holds up its own job and not the centre: rescue() in 5_schedule.sql.

-- A batch with something in it that is from later than the centre's clock says waits until the clock has come that far:
-- one of the two clocks jumped, and nobody can tell which. Nothing is lost by it, and nobody else's batch is held up.
ALTER TABLE inbox ADD COLUMN not_before timestamptz;
