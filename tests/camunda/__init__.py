"""A real Camunda 8.6, its OpenSearch and a real Keycloak, started for tests on this machine, without containers.

``python -m tests.camunda`` runs the same by hand. ``fixtures`` holds what tests ask for; ``README.md`` tells the rest.
"""
