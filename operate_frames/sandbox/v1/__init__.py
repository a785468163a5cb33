"""Operate's v1 API as the sandbox answers it."""
