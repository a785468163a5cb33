"""Operate's v1 API, Camunda 8.2 to 8.9."""
