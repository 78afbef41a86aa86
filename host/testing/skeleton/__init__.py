"""What `tsunagu plugins new` writes: a plugin that works, with its tests."""
