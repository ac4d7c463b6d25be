-- What the sensors of a site know of each other. New in version 2.

-- Where the breaker of a sensor tripped: until somebody lets the work go on, no sensor of the site asks there.
CREATE TABLE trip (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    site text NOT NULL REFERENCES site,
    sensor text NOT NULL REFERENCES sensor,
    at timestamptz NOT NULL,
    address text NOT NULL CHECK (length(address) <= 100),
    level text NOT NULL CHECK (level IN ('host', 'kind', 'segment', 'scan')),
    cidr cidr NOT NULL,
    kind text NOT NULL CHECK (length(kind) <= 100),
    profile text NOT NULL CHECK (length(profile) <= 100),
    why text NOT NULL CHECK (length(why) <= 500),
    resumed timestamptz,
    resumed_by text,
    reason text,
    UNIQUE (sensor, address, at)
);
CREATE INDEX trip_open ON trip (site) WHERE resumed IS NULL;

-- A device fared badly, or somebody at the site let the work go on since. The first word on who did stays. False when
-- all of that is known.
CREATE FUNCTION trip(
    at_ timestamptz, address_ text, level_ text, cidr_ cidr, kind_ text, profile_ text, why_ text,
    resumed_ timestamptz, by_ text, reason_ text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    UPDATE trip t SET resumed = resumed_, resumed_by = left(by_, 200), reason = left(reason_, 500)
    WHERE t.sensor = who.id AND t.address = address_ AND t.at = at_ AND t.resumed IS NULL AND resumed_ IS NOT NULL;
    IF FOUND THEN
        RETURN true;
    END IF;
    IF (SELECT count(*) FROM trip t WHERE t.sensor = who.id) >= 10000 THEN
        RAISE program_limit_exceeded USING MESSAGE = 'this sensor has told of 10000 trips of its breaker';
    END IF;
    INSERT INTO trip (site, sensor, at, address, level, cidr, kind, profile, why, resumed, resumed_by, reason)
    VALUES (who.site, who.id, at_, address_, level_, cidr_, kind_, profile_, left(why_, 500),
        resumed_, left(by_, 200), left(reason_, 500))
    ON CONFLICT ON CONSTRAINT trip_sensor_address_at_key DO NOTHING;
    RETURN FOUND;
END $$;

-- What tripped at the sensors of the site, and nobody let go on: at this one too, whose disk may have lost it.
CREATE FUNCTION trips()
RETURNS TABLE (
    id bigint, sensor text, at timestamptz, address text, level text, cidr text, kind text, profile text, why text
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    RETURN QUERY SELECT t.id, t.sensor, t.at, t.address, t.level, t.cidr::text, t.kind, t.profile, t.why
    FROM trip t WHERE t.site = who.site AND t.resumed IS NULL ORDER BY t.id;
END $$;

-- The last of them, 0 without any: so that whoever gets a device hears in the same answer whether there is news.
CREATE FUNCTION last_trip() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
BEGIN
    RETURN (
        SELECT coalesce(max(t.id), 0) FROM trip t WHERE t.site = who.site AND t.resumed IS NULL
    );
END $$;

-- Let a site's sensors go on, by the word of somebody at the centre: for a sensor that will never say so itself. How
-- many trips that were. A sensor whose own breaker tripped waits for `stalehost resume` there all the same.
CREATE FUNCTION go_on(site_ text, by_ text, reason_ text) RETURNS integer LANGUAGE plpgsql
SET search_path = fleet, pg_temp AS $$
DECLARE
    many integer;
BEGIN
    UPDATE trip t SET resumed = clock_timestamp(), resumed_by = by_, reason = reason_
    WHERE t.site = site_ AND t.resumed IS NULL;
    GET DIAGNOSTICS many = ROW_COUNT;
    RETURN many;
END $$;

-- Frames that were sent to every address of a range: a row each, where `spent` has one for each device.
CREATE TABLE swept (
    site text NOT NULL,
    range cidr NOT NULL,
    at double precision NOT NULL,
    count integer NOT NULL CHECK (count > 0)
);
CREATE INDEX swept_site ON swept (site, at);

-- The address that a device's key is; null where it is a card, a group, or nothing of ours.
CREATE FUNCTION as_address(key text) RETURNS inet LANGUAGE plpgsql IMMUTABLE
SET search_path = fleet, pg_temp AS $$
BEGIN
    RETURN CASE WHEN key ~ '^[0-9.]+$' OR key ~ '^[0-9a-f:.]*:[0-9a-f:.]*$' THEN key::inet END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END $$;

-- Reserve frames to each address of these ranges, for all sensors together and before they are sent. For each range
-- the parts of it that cannot bear so many; nothing is reserved in a range of which any part cannot.
CREATE FUNCTION sweep(ranges cidr[], wanted integer, most integer) RETURNS TABLE (range cidr, tired cidr)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
    one cidr;
    since double precision := present() - lasts('budget');
    lone boolean;
BEGIN
    -- one at a time for a site: connections are reserved under the same lock
    PERFORM 1 FROM site s WHERE s.id = who.site FOR NO KEY UPDATE;
    DELETE FROM swept w WHERE w.site = who.site AND w.at < since;
    FOREACH one IN ARRAY ranges LOOP
        IF dark(who.site) OR NOT wanted > 0 OR most IS NULL THEN
            RETURN QUERY SELECT one, one;
            CONTINUE;
        END IF;
        lone := masklen(one) = CASE family(one) WHEN 4 THEN 32 ELSE 128 END;
        RETURN QUERY
        WITH frames AS (
            SELECT w.range, sum(w.count) AS n FROM swept w
            WHERE w.site = who.site AND w.at >= since AND w.range && one GROUP BY w.range
        ), asked AS (
            SELECT as_address(s.device_key)::cidr AS range, sum(s.count) AS n FROM spent s
            WHERE s.site = who.site AND s.at >= since AND (NOT lone OR s.device_key = host(one))
            AND as_address(s.device_key) <<= one GROUP BY 1
        ), parts AS (
            SELECT f.range FROM frames f WHERE f.range <<= one UNION SELECT a.range FROM asked a UNION SELECT one
        )
        SELECT one, p.range FROM parts p
        WHERE wanted + (SELECT coalesce(sum(f.n), 0) FROM frames f WHERE f.range >>= p.range)
            + (SELECT coalesce(sum(a.n), 0) FROM asked a WHERE a.range = p.range) > most;
        IF NOT FOUND THEN
            IF lone THEN
                INSERT INTO spent VALUES (who.site, host(one), present(), wanted);
            ELSE
                INSERT INTO swept VALUES (who.site, one, present(), wanted);
            END IF;
        END IF;
    END LOOP;
END $$;

-- As before, and frames of sweeps count too.
CREATE OR REPLACE FUNCTION spend(key text, fence_ bigint, wanted integer, most integer) RETURNS integer LANGUAGE plpgsql
SECURITY DEFINER SET search_path = fleet, pg_temp AS $$
DECLARE
    who sensor := me();
    before integer;
    granted integer;
BEGIN
    PERFORM 1 FROM site s WHERE s.id = who.site FOR NO KEY UPDATE;
    PERFORM 1 FROM probe_lease l
    WHERE l.site = who.site AND l.device_key = key AND l.fence = fence_ AND l.holder = who.id
    AND l.expires_at >= present() FOR UPDATE;
    IF NOT FOUND OR dark(who.site) THEN
        RETURN 0;
    END IF;
    DELETE FROM spent s WHERE s.site = who.site AND s.device_key = key AND s.at < present() - lasts('budget');
    SELECT coalesce(sum(s.count), 0) INTO before FROM spent s WHERE s.site = who.site AND s.device_key = key;
    SELECT before + coalesce(sum(w.count), 0) INTO before FROM swept w
    WHERE w.site = who.site AND w.at >= present() - lasts('budget') AND w.range >>= as_address(key);
    granted := least(wanted, most - before);
    IF granted IS NULL OR granted <= 0 THEN
        RETURN 0;
    END IF;
    INSERT INTO spent VALUES (who.site, key, present(), granted);
    RETURN granted;
END $$;
