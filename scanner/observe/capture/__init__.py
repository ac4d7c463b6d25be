"""Bulk listening: frames out of captures or off a mirror port, down to what passive parsers read, up to observations.

files (pcap, pcapng) -> links (link layers) -> headers (IP, TCP, UDP, ICMP; all frames of a batch at once, by numpy)
-> routes (who wants which) -> wanted, words, openings, memo (what was said before, found for a batch at once)
-> conversations (first bytes in order) -> ear (calls the parsers) -> watch (Observations).
Nothing here sends, opens a network or reads a clock.
"""
