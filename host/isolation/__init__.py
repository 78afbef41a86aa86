"""Plugins in processes of their own: probed before they are imported, called there, ended when they hang (R35)."""
