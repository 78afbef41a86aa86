"""Logging in: the OAuth web-server flow, tokens, sessions and who a token belongs to."""
