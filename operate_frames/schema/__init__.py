"""What Camunda holds: resources, their columns and types."""
