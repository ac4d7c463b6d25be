"""Turn an assessment into pages, JSON and CSV; each section is one function here and one template."""
