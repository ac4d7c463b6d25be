"""The raw helper process: frames and captures; the one place with scapy and CAP_NET_RAW."""
