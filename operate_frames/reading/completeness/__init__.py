"""That no row is missed, and none given that was not asked for."""
