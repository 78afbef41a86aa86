"""What dev.py runs in the environment it made: run, test, check, bench."""
