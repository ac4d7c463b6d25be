"""The only package that sends or captures: it holds the gate, the pace, the ledger and the audit."""
