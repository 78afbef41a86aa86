"""Live updates: browsers are told over a lasting connection that something of their calls changed, and ask what."""
