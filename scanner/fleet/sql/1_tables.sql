-- What centre and sensors share. All of it belongs to a role that nobody can log in as; sensors reach it through
-- the functions of 2_sensor.sql and 3_enrol.sql alone.

-- The clock by which leases run out. The centre moves it on by its own monotonic clock, so a jump of this server's
-- clock ends no lease, and while the centre is away no lease is given to anybody else.
CREATE TABLE clock (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    at double precision NOT NULL DEFAULT 0
);
INSERT INTO clock DEFAULT VALUES;

-- How long things last, in seconds of that clock. A sensor stops sooner, by its own clock: scanner/fleet/post.py.
CREATE TABLE term (what text PRIMARY KEY, lasts double precision NOT NULL);
INSERT INTO term VALUES ('job', 30), ('device', 30), ('rate', 10), ('budget', 86400), ('alive', 30);

CREATE TABLE site (
    id text PRIMARY KEY,
    engagement text NOT NULL
);

CREATE TABLE sensor (
    id text PRIMARY KEY,
    role name NOT NULL UNIQUE,
    site text NOT NULL REFERENCES site,
    worker bigint,
    beat double precision,
    program text,
    revoked timestamptz
);

CREATE TABLE segment (
    id text PRIMARY KEY,
    site text NOT NULL REFERENCES site,
    cidr cidr NOT NULL,
    zone text NOT NULL,
    rate numeric(12, 3) NOT NULL CHECK (rate > 0)  -- initiations a second, for all sensors together
);

CREATE TABLE serves (
    sensor text NOT NULL REFERENCES sensor,
    segment text NOT NULL REFERENCES segment,
    PRIMARY KEY (sensor, segment)
);

-- One-time codes: who reads this table learns no code.
CREATE TABLE code (
    hash bytea PRIMARY KEY,
    sensor text NOT NULL REFERENCES sensor,
    expires timestamptz NOT NULL,
    used timestamptz
);

CREATE TABLE request (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    sensor text NOT NULL REFERENCES sensor,
    hash bytea,  -- of the code that it came with; null when a certificate was renewed
    csr text NOT NULL,
    asked timestamptz NOT NULL DEFAULT clock_timestamp(),
    certificate text,
    refused text
);

CREATE TABLE certificate (
    serial numeric PRIMARY KEY,
    sensor text NOT NULL REFERENCES sensor,
    not_after timestamptz NOT NULL,
    revoked timestamptz
);

-- Nothing is asked of a site's devices while a row for it, or for '' (all of them), stands here.
CREATE TABLE blackout (
    site text PRIMARY KEY,
    by text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE SEQUENCE fence;

-- Who works on a job. The fence grows with every change of hands; what bears an older one ends nothing.
CREATE TABLE held (
    job bigint PRIMARY KEY REFERENCES procrastinate_jobs ON DELETE CASCADE,
    sensor text NOT NULL REFERENCES sensor,
    fence bigint NOT NULL,
    expires double precision NOT NULL
);

-- A device is asked by one sensor at a time, whichever of its addresses is asked.
CREATE TABLE probe_lease (
    site text NOT NULL,
    device_key text NOT NULL CHECK (length(device_key) BETWEEN 1 AND 200),
    holder text NOT NULL,
    fence bigint NOT NULL,
    expires_at double precision NOT NULL,
    PRIMARY KEY (site, device_key)
);

-- What was spent on a device: reserved before it is sent, so that a sensor that dies has spent too much, never too little.
CREATE TABLE spent (
    site text NOT NULL,
    device_key text NOT NULL,
    at double precision NOT NULL,
    count integer NOT NULL CHECK (count > 0)
);
CREATE INDEX spent_device ON spent (site, device_key, at);

-- Shares of a segment's rate: together never more than the rate.
CREATE TABLE rate_lease (
    segment text NOT NULL REFERENCES segment,
    sensor text NOT NULL REFERENCES sensor,
    share numeric(12, 3) NOT NULL CHECK (share > 0),
    expires double precision NOT NULL,
    PRIMARY KEY (segment, sensor)
);

-- What sensors saw. They only add; the body goes once it is in the log.
CREATE TABLE inbox (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    sensor text NOT NULL REFERENCES sensor,
    batch uuid NOT NULL,
    job bigint,
    fence bigint,
    late boolean NOT NULL,
    body bytea,
    received timestamptz NOT NULL DEFAULT clock_timestamp(),
    taken timestamptz,
    refused text,
    UNIQUE (sensor, batch)
);
CREATE INDEX inbox_waiting ON inbox (id) WHERE taken IS NULL;

-- What was ordered: a chunk once a scan, however often the order is given.
CREATE TABLE chunk (
    scan text NOT NULL,
    segment text NOT NULL REFERENCES segment,
    cidr cidr NOT NULL,
    job bigint,
    PRIMARY KEY (scan, cidr)
);
