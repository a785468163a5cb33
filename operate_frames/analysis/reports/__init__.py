"""Reports: one call each, from a frame or from the filters of its reader to figures."""
