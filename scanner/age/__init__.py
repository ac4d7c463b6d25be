"""Say whether a device is still supported, and when it was last mended."""
