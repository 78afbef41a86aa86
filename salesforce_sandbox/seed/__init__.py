"""What a fresh org holds."""
