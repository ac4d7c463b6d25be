-- All that a sensor can do. Each function runs with the rights of its owner, looks names up here and nowhere else,
-- and begins by asking who calls: the role that logged in, by a certificate that still counts.

CREATE FUNCTION lasts(what_ text) RETURNS double precision LANGUAGE sql STABLE
SET search_path = fleet, pg_temp AS $$ SELECT lasts FROM term WHERE what = what_ $$;

CREATE FUNCTION present() RETURNS double precision LANGUAGE sql STABLE
SET search_path = fleet, pg_temp AS $$ SELECT at FROM clock $$;

-- The sensor that calls; nobody without a certificate that was given and not taken back.
CREATE FUNCTION me() RETURNS sensor LANGUAGE plpgsql STABLE
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
        RAISE insufficient_privilege USING MESSAGE = 'this sensor is not enrolled, or its certificate was revoked';
    END IF;
    RETURN who;
END $$;

CREATE FUNCTION dark(site_ text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = fleet, pg_temp AS $$ SELECT EXISTS (SELECT 1 FROM blackout WHERE site IN ('', site_)) $$;

-- I am here: what do I serve, is there a blackout? Keeps every job that the sensor holds.
CREATE FUNCTION beat(program_ text)
RETURNS TABLE (sensor text, site text, stop boolean, segments text[]) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    UPDATE sensor s SET beat = present(), program = left(program_, 100) WHERE s.id = who.id;
    RETURN QUERY SELECT who.id, who.site, dark(who.site),
        ARRAY(SELECT v.segment FROM serves v WHERE v.sensor = who.id ORDER BY v.segment);
END $$;

-- The next job of the sensor's own queues, if any; queue == lock == segment, so a segment is worked on by one at a time.
CREATE FUNCTION next_job()
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
    own := ARRAY(SELECT 'segment:' || v.segment FROM serves v WHERE v.sensor = who.id);
    due := procrastinate_fetch_job_v2(own::character varying[], who.worker);
    IF due.id IS NULL THEN
        RETURN;
    END IF;
    number := nextval('fence');
    INSERT INTO held AS h VALUES (due.id, who.id, number, present() + lasts('job'))
    ON CONFLICT ON CONSTRAINT held_pkey
    DO UPDATE SET sensor = excluded.sensor, fence = excluded.fence, expires = excluded.expires;
    RETURN QUERY SELECT due.id, substr(due.queue_name, 9)::text, due.args, number;
END $$;

-- Still mine? Lengthens the hold; false when it has gone to somebody else, or during a blackout: stop sending.
CREATE FUNCTION hold(job_ bigint, fence_ bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    UPDATE held h SET expires = present() + lasts('job')
    WHERE h.job = job_ AND h.fence = fence_ AND h.sensor = who.id AND h.expires >= present();
    RETURN FOUND AND NOT dark(who.site);
END $$;

-- The job is over, or could not be done; false when it is no longer this sensor's to end.
CREATE FUNCTION finish(job_ bigint, fence_ bigint, done boolean) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    DELETE FROM held h WHERE h.job = job_ AND h.fence = fence_ AND h.sensor = who.id;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM procrastinate_finish_job_v1(
        job_, CASE WHEN done THEN 'succeeded' ELSE 'failed' END::procrastinate_job_status, false
    );
    RETURN true;
END $$;

-- What was seen, once: the same batch again adds nothing. It is kept whoever holds the job by now, since what was
-- seen was seen; `late` says that the hold had gone.
CREATE FUNCTION push(batch_ uuid, job_ bigint, fence_ bigint, body_ bytea) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    IF octet_length(body_) > 4194304 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'a batch may have 4 MiB at most';
    END IF;
    -- one sensor cannot fill the disk: what waits here is bounded, the rest waits at the sensor
    IF (SELECT count(*) FROM inbox i WHERE i.sensor = who.id AND i.taken IS NULL) >= 256 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'the centre has not taken in what was sent before';
    END IF;
    INSERT INTO inbox (sensor, batch, job, fence, late, body)
    VALUES (who.id, batch_, job_, fence_, job_ IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM held h
        WHERE h.job = job_ AND h.fence = fence_ AND h.sensor = who.id AND h.expires >= present()
    ), body_)
    ON CONFLICT ON CONSTRAINT inbox_sensor_batch_key DO NOTHING;
    RETURN FOUND;
END $$;

-- A share of a segment's rate. All shares that may still be in use are never more than the rate; two seconds after
-- one has run out nobody sends by it any more, within the second over which a rate is counted.
CREATE FUNCTION lease_rate(segment_ text, wanted numeric) RETURNS numeric LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
    whole numeric;
    others numeric;
    active integer;
    mine numeric;
BEGIN
    SELECT s.rate INTO whole FROM segment s JOIN serves v ON v.segment = s.id
    WHERE s.id = segment_ AND v.sensor = who.id FOR UPDATE OF s;
    IF NOT FOUND OR dark(who.site) OR NOT wanted > 0 THEN
        RETURN 0;
    END IF;
    DELETE FROM rate_lease l WHERE l.segment = segment_ AND l.expires + 2 < present();
    SELECT coalesce(sum(l.share), 0) INTO others FROM rate_lease l
    WHERE l.segment = segment_ AND l.sensor <> who.id;
    SELECT greatest(count(*), 1) INTO active FROM serves v JOIN sensor s ON s.id = v.sensor
    WHERE v.segment = segment_ AND s.revoked IS NULL
    AND (s.id = who.id OR s.beat >= present() - lasts('alive'));
    mine := trunc(least(wanted, whole / active, whole - others), 3);
    -- a share that shrinks may still be in use at its old size: it counts whole until it has run out
    IF mine <= 0 OR mine < (SELECT l.share FROM rate_lease l WHERE l.segment = segment_ AND l.sensor = who.id) THEN
        RETURN greatest(mine, 0);
    END IF;
    INSERT INTO rate_lease AS l VALUES (segment_, who.id, mine, present() + lasts('rate'))
    ON CONFLICT ON CONSTRAINT rate_lease_pkey DO UPDATE SET share = excluded.share, expires = excluded.expires;
    RETURN mine;
END $$;

-- The right to ask one device, until it runs out or is given back; null while another has it.
CREATE FUNCTION lease_device(key text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
    number bigint;
BEGIN
    IF dark(who.site) THEN
        RETURN NULL;
    END IF;
    INSERT INTO probe_lease AS l
    VALUES (who.site, key, who.id, nextval('fence'), present() + lasts('device'))
    ON CONFLICT ON CONSTRAINT probe_lease_pkey
    DO UPDATE SET holder = excluded.holder, fence = excluded.fence, expires_at = excluded.expires_at
    WHERE l.expires_at < present()
    RETURNING l.fence INTO number;
    RETURN number;
END $$;

CREATE FUNCTION renew_device(key text, fence_ bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    UPDATE probe_lease l SET expires_at = present() + lasts('device')
    WHERE l.site = who.site AND l.device_key = key AND l.fence = fence_ AND l.holder = who.id
    AND l.expires_at >= present() AND NOT dark(who.site);
    RETURN FOUND;
END $$;

CREATE FUNCTION release_device(key text, fence_ bigint) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    DELETE FROM probe_lease l
    WHERE l.site = who.site AND l.device_key = key AND l.fence = fence_ AND l.holder = who.id;
    RETURN FOUND;
END $$;

-- Reserve connections of a device's day, for all sensors together; how many may be begun. Only who holds the device
-- may spend; `most` is the sensor's own, from the scope that its site signed.
CREATE FUNCTION spend(key text, fence_ bigint, wanted integer, most integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
    before integer;
    granted integer;
BEGIN
    PERFORM 1 FROM probe_lease l
    WHERE l.site = who.site AND l.device_key = key AND l.fence = fence_ AND l.holder = who.id
    AND l.expires_at >= present() FOR UPDATE;
    IF NOT FOUND OR dark(who.site) THEN
        RETURN 0;
    END IF;
    DELETE FROM spent s WHERE s.site = who.site AND s.device_key = key AND s.at < present() - lasts('budget');
    SELECT coalesce(sum(s.count), 0) INTO before FROM spent s WHERE s.site = who.site AND s.device_key = key;
    granted := least(wanted, most - before);
    IF granted IS NULL OR granted <= 0 THEN
        RETURN 0;
    END IF;
    INSERT INTO spent VALUES (who.site, key, present(), granted);
    RETURN granted;
END $$;

-- A new certificate before the old one ends.
CREATE FUNCTION rotate(csr_ text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
    number bigint;
BEGIN
    IF (SELECT count(*) FROM request r WHERE r.sensor = who.id AND r.certificate IS NULL AND r.refused IS NULL) >= 4 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'the centre has not answered the requests before';
    END IF;
    INSERT INTO request (sensor, csr) VALUES (who.id, left(csr_, 8192)) RETURNING id INTO number;
    RETURN number;
END $$;

CREATE FUNCTION rotated(number bigint) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    RETURN (SELECT r.certificate FROM request r WHERE r.id = number AND r.sensor = who.id);
END $$;
