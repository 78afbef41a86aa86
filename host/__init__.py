"""Tsunagu's host: calls, memos, users and the plugins that hear of them."""
