"""Mails to the admins: alarms, reminders, recoveries and digests, from what happened to the SMTP server (R30)."""
