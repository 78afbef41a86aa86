"""Trying a plugin out in a child process of its own, so that nothing it does reaches the process that judges it."""
