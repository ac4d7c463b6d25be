"""Makes whole feeds in their official formats out of what ships, with what a test changes: an update as it will come."""

import gzip
import json
import sqlite3
from datetime import date

from scanner.knowledge.base import shipped


def rows(query):
    with sqlite3.connect(f"{shipped().as_uri()}?mode=ro", uri=True) as base:
        return base.execute(query).fetchall()


def day(number):
    return date.fromordinal(number).isoformat()


def kev(dated="2026-11-20", more=(), keep=None):
    """The catalogue as it ships and `more` CVEs."""
    held = rows("SELECT cve, vendor, product, added, due, ransomware FROM kev ORDER BY cve")
    entries = [
        {
            "cveID": cve, "vendorProject": vendor, "product": product, "vulnerabilityName": "x", "dateAdded": day(added),
            "shortDescription": "x", "requiredAction": "x", "dueDate": day(due or added),
            "knownRansomwareCampaignUse": "Known" if ransomware else "Unknown", "notes": "", "cwes": [],
        }
        for cve, vendor, product, added, due, ransomware in held[:keep]
    ]  # fmt: skip
    entries += [{**entries[0], "cveID": cve, "dateAdded": dated, "dueDate": dated} for cve in more]
    whole = {
        "title": "x", "catalogVersion": "x", "dateReleased": f"{dated}T10:00:00.0Z", "count": len(entries),
        "vulnerabilities": entries,
    }  # fmt: skip
    return json.dumps(whole).encode()


def epss(dated="2026-11-21", score=0.5):
    """A score for every CVE that ships, and for many that nobody holds."""
    held = [cve for (cve,) in rows("SELECT cve FROM kev")] + [f"CVE-2098-{at}" for at in range(10000, 11000)]
    lines = [f"#model_version:v2025.03.14,score_date:{dated}T00:00:00+0000", "cve,epss,percentile"]
    return gzip.compress(
        "\n".join([*lines, *(f"{cve},{score},0.9" for cve in held)]).encode() + b"\n", mtime=0
    )


def endoflife(dated="2026-11-21", **ends):
    """Products of ours, each with its branches as they ship; `ends` maps `product branch` to another end.

    Names are given as CPE names, so that no test rests on how endoflife.date calls a product.
    """
    found = {}
    query = "SELECT product, branch, released, ends FROM branches WHERE edition = 'standard' AND (source LIKE 'endoflife%' OR confidence = 'unverified')"
    for product, branch, released, end in rows(query):
        found.setdefault(product, []).append((branch, released, end))
    result = []
    for product, branches in sorted(found.items()):
        releases = []
        for branch, released, end in branches:
            last = ends.get(f"{product} {branch}", day(end) if end else None)
            releases.append({
                "name": branch, "label": branch, "releaseDate": day(released) if released else None,
                "isEol": bool(last and last < dated), "eolFrom": last, "isMaintained": not last or last >= dated,
            })  # fmt: skip
        cpe = f"cpe:2.3:a:{product}"
        result.append(
            {"name": "x", "label": product, "identifiers": [{"type": "cpe", "id": cpe}], "releases": releases}
        )
    whole = {
        "schema_version": "1.2.0",
        "generated_at": f"{dated}T02:00:00+00:00",
        "total": len(result),
        "result": result,
    }
    return json.dumps(whole).encode()
