"""What a fresh org holds."""

SEEDS = ("demo", "empty")
