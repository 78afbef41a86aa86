"""The plugins: found, checked, called, switched on and off."""
