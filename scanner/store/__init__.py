"""Keep the log of observations and the run snapshots; interpret nothing."""
