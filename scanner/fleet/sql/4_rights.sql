-- Nobody may do anything but what is granted by name below. Run in the database of the fleet, by a superuser.

DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'fleet'
        -- what any login can otherwise do in any database: fill the disk, hold locks that others wait for
        OR n.nspname = 'pg_catalog' AND (
            p.proname ~ '^(lo_|lowrite|loread|pg_(try_)?advisory_)' OR p.proname IN ('pg_notify', 'pg_logical_emit_message')
        )
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', one.name);
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO stalehost_sensor, stalehost_enrol', current_database());
    -- the store of the centre stands in this database too
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO stalehost_fleet', current_database());
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA fleet FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA fleet FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA fleet FROM PUBLIC;
REVOKE USAGE ON LANGUAGE plpgsql, sql FROM PUBLIC;

GRANT ALL ON SCHEMA public TO stalehost_fleet;
GRANT USAGE ON LANGUAGE plpgsql, sql TO stalehost_fleet;
GRANT EXECUTE ON FUNCTION pg_catalog.pg_advisory_xact_lock(bigint), pg_catalog.pg_try_advisory_lock(bigint),
    pg_catalog.pg_notify(text, text) TO stalehost_fleet;
GRANT USAGE ON SCHEMA fleet TO stalehost_sensor, stalehost_enrol;
GRANT EXECUTE ON FUNCTION
    beat(text), next_job(), hold(bigint, bigint), finish(bigint, bigint, boolean), fail(bigint, bigint, text), leave(bigint, bigint),
    push(uuid, bigint, bigint, bytea),
    lease_rate(text, numeric),
    lease_device(text), renew_device(text, bigint), release_device(text, bigint),
    spend(text, bigint, integer, integer), sweep(cidr[], integer, integer),
    trip(timestamptz, text, text, cidr, text, text, text, timestamptz, text, text), trips(), last_trip(),
    rotate(text), rotated(bigint)
TO stalehost_sensor;
GRANT EXECUTE ON FUNCTION enrol(text, text), enrolled(text) TO stalehost_enrol;
