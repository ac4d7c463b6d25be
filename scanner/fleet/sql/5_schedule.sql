-- When sites are scanned, when they may be, and when not at all. New in version 2.

-- One schedule a site, in words (scanner/fleet/schedule.py). `last` is the moment that was begun last, or from which
-- it counts: the chunks of a scan and this are written together or not at all.
CREATE TABLE schedule (
    site text PRIMARY KEY REFERENCES site,
    words text NOT NULL,
    by text NOT NULL,
    last timestamptz NOT NULL
);

-- Windows in the words of scope.toml; a segment's own stand in place of its site's. None = at any time.
ALTER TABLE site ADD COLUMN windows text[] NOT NULL DEFAULT '{}';
ALTER TABLE segment ADD COLUMN windows text[] NOT NULL DEFAULT '{}';
-- Until when the segment may be worked on, by the centre's word; so a window closes though the centre is away, and
-- none opens without it.
ALTER TABLE segment ADD COLUMN open_until timestamptz NOT NULL DEFAULT 'infinity';

-- Each segment with the windows that count for it.
CREATE VIEW part AS
SELECT g.id, g.site, g.cidr, g.open_until, CASE WHEN g.windows = '{}' THEN s.windows ELSE g.windows END AS windows
FROM segment g JOIN site s ON s.id = g.site;

-- Two sites may have the same addresses, and be looked at in one scan.
ALTER TABLE chunk DROP CONSTRAINT chunk_pkey, ADD PRIMARY KEY (scan, segment, cidr);
-- What waits for its segment to open: it is in no queue yet.
CREATE INDEX chunk_waiting ON chunk (segment) WHERE job IS NULL;

-- The last answer to `hold` was no, since nothing is to be sent there now: that is nobody's failure.
ALTER TABLE held ADD COLUMN told boolean NOT NULL DEFAULT false;

-- Blackouts that are over.
CREATE TABLE blackout_past (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    site text NOT NULL,
    by text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_by text NOT NULL
);

CREATE FUNCTION shut(segment_ text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = fleet, pg_temp AS $$
    SELECT NOT EXISTS (SELECT 1 FROM segment g WHERE g.id = segment_ AND g.open_until > clock_timestamp())
$$;

-- As before, but for segments only whose window is open.
CREATE OR REPLACE FUNCTION next_job()
RETURNS TABLE (job bigint, segment text, args jsonb, fence bigint) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
    own text[];
    due procrastinate_jobs;
    number bigint;
BEGIN
    IF dark(who.site) THEN
        RETURN;
    END IF;
    IF who.worker IS NULL THEN
        UPDATE sensor s SET worker = (SELECT w.worker_id FROM procrastinate_register_worker_v1() w)
        WHERE s.id = who.id RETURNING s.worker INTO who.worker;
    END IF;
    own := ARRAY(SELECT 'segment:' || v.segment FROM serves v WHERE v.sensor = who.id AND NOT shut(v.segment));
    due := procrastinate_fetch_job_v2(own::character varying[], who.worker);
    IF due.id IS NULL THEN
        RETURN;
    END IF;
    number := nextval('fence');
    INSERT INTO held AS h VALUES (due.id, who.id, number, present() + lasts('job'))
    ON CONFLICT ON CONSTRAINT held_pkey
    DO UPDATE SET sensor = excluded.sensor, fence = excluded.fence, expires = excluded.expires, told = false;
    RETURN QUERY SELECT due.id, substr(due.queue_name, 9)::text, due.args, number;
END $$;

-- As before, but it ends with the window too, and it is written down that the sensor was told to stop.
CREATE OR REPLACE FUNCTION hold(job_ bigint, fence_ bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
    stop boolean;
BEGIN
    UPDATE held h SET expires = present() + lasts('job'),
        told = dark(who.site) OR (SELECT shut(substr(j.queue_name, 9)) FROM procrastinate_jobs j WHERE j.id = h.job)
    WHERE h.job = job_ AND h.fence = fence_ AND h.sensor = who.id AND h.expires >= present()
    RETURNING h.told INTO stop;
    RETURN FOUND AND NOT stop;
END $$;

-- As before, but a job whose sensor was told to stop has not outlived it: that try does not count.
CREATE OR REPLACE FUNCTION rescue() RETURNS TABLE (job bigint, again boolean) LANGUAGE plpgsql
SET search_path = fleet, pg_temp AS $$
DECLARE
    gone record;
BEGIN
    FOR gone IN
        DELETE FROM held h USING procrastinate_jobs j
        WHERE j.id = h.job AND h.job IN (
            -- one sensor that keeps a call open must not stop the clock of all: its job waits for the next turn
            SELECT g.job FROM held g JOIN procrastinate_jobs k ON k.id = g.job
            WHERE g.expires < present() ORDER BY g.job FOR UPDATE SKIP LOCKED
        ) RETURNING h.job AS id, j.attempts AS tries, h.told
    LOOP
        again := gone.told OR gone.tries < 4;
        IF again THEN
            -- no time is set: a job that is due later holds up all others of its lock
            PERFORM procrastinate_retry_job_v2(gone.id, NULL, NULL, NULL, NULL);
            UPDATE procrastinate_jobs j SET attempts = gone.tries WHERE j.id = gone.id AND gone.told;
        ELSE
            PERFORM procrastinate_finish_job_v1(gone.id, 'failed', false);
        END IF;
        job := gone.id;
        RETURN NEXT;
    END LOOP;
END $$;

-- Whether a segment has chunks that are not done yet.
CREATE FUNCTION busy(segment_ text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = fleet, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM chunk c WHERE c.segment = segment_ AND c.job IS NULL) OR EXISTS (
        SELECT 1 FROM procrastinate_jobs j
        WHERE j.queue_name = 'segment:' || segment_ AND j.status IN ('todo', 'doing')
    )
$$;

-- Put what waits into the queues of the segments that may be worked on now, all of them or one site's; how many.
CREATE FUNCTION release(site_ text, most integer) RETURNS integer LANGUAGE plpgsql
SET search_path = fleet, pg_temp AS $$
DECLARE
    one record;
    number integer := 0;
BEGIN
    FOR one IN
        SELECT c.scan, c.segment, c.cidr, 'segment:' || c.segment AS queue FROM chunk c JOIN segment g ON g.id = c.segment
        WHERE c.job IS NULL AND (site_ IS NULL OR g.site = site_) AND NOT dark(g.site) AND NOT shut(g.id)
        ORDER BY c.scan, c.segment, c.cidr LIMIT most FOR UPDATE OF c SKIP LOCKED
    LOOP
        UPDATE chunk c SET job = (procrastinate_defer_jobs_v1(ARRAY[ROW(
            one.queue, 'chunk', 0, one.queue, NULL, jsonb_build_object('scan', one.scan, 'chunk', one.cidr::text), NULL
        )::procrastinate_job_to_defer_v1]))[1]
        WHERE c.scan = one.scan AND c.segment = one.segment AND c.cidr = one.cidr;
        number := number + 1;
    END LOOP;
    RETURN number;
END $$;
