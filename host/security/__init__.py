"""Passwords, tokens, sealed secrets, throttling."""
