"""Many sites, one picture: sensors run the left half and ship what they saw; the centre judges all of it once.

sensor (one site, its own signed scope)                    centre
  post.beat, post.fetch  <-- jobs, leases ------  queue, clock, leases      (PostgreSQL, schema `fleet`)
  scan of one chunk -> log on its own disk
  outbox -> post.push    --- batches -----------> inbox -> ingest -> store -> pipeline.assess

A sensor connects outward only, by TLS with a certificate of its own, and can do what `sql/2_sensor.sql` lists and
nothing else. Whoever is not yet enrolled can do what `sql/3_enrol.sql` lists.
"""
