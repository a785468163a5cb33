"""The BPMN diagram of a process as a picture, with what was read of its instances upon it."""
