"""The v2 API as the sandbox answers it: contract ``camunda-v2.md``. No real server of 8.8 or later has judged it."""
