"""`python3 dev.py bench [name] [--json]`: how fast it is, each figure beside a baseline measured in the same run."""
