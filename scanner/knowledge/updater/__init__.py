"""Brings newer facts beside the shipped ones: fetch or take in official feeds, check them, swap them in, roll back.

`feed` says what a feed is and `feeds/` holds one a file; `fetch` alone opens the network, to an address that the
operator named or that stands in a feed's file; `raw` reads what came (bounded, gzip and HTML seen for what they are);
`manifest` is the list that travels with raw feeds to a site without a network; `gather` and `take` bring raw feeds
here from the network, a folder or a bundle; `make` turns them into tables and a base beside the shipped one; `swap`
puts that base in place, whole or not at all, never during a scan; `diff` says what changed.
Nothing here runs by itself and nothing is ever sent about this machine or its networks.
"""
