-- All that somebody without a certificate can do: hand in a one-time code with a request, and fetch the answer.

CREATE FUNCTION enrol(code_ text, csr_ text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
DECLARE
    hashed bytea := sha256(convert_to(code_, 'UTF8'));
    who text;
BEGIN
    -- the same request again, after an answer that was lost on the way, is no second use
    SELECT r.sensor INTO who FROM request r WHERE r.hash = hashed AND r.csr = left(csr_, 8192);
    IF FOUND THEN
        RETURN who;
    END IF;
    UPDATE code c SET used = clock_timestamp()
    WHERE c.hash = hashed AND c.used IS NULL AND c.expires > clock_timestamp()
    RETURNING c.sensor INTO who;
    IF NOT FOUND THEN
        RAISE invalid_authorization_specification
        USING MESSAGE = 'this code is unknown, used or out of date; ask for another';
    END IF;
    INSERT INTO request (sensor, hash, csr) VALUES (who, hashed, left(csr_, 8192));
    RETURN who;
END $$;

-- The certificate, once the centre has signed it; null until then.
CREATE FUNCTION enrolled(code_ text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = fleet, pg_temp AS $$
BEGIN
    RETURN (SELECT r.certificate FROM request r WHERE r.hash = sha256(convert_to(code_, 'UTF8')));
END $$;
