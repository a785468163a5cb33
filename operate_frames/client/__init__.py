"""One server: settings, signing in, HTTP."""
