"""How fast Chengping is, each figure as a ratio to a floor measured in the same run: `python -m benchmarks` (see README.md)."""
