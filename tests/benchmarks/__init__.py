"""How fast, how frugal: each figure a ratio of two sides measured in the same run. `python -m tests.benchmarks`."""
