"""What every process of the host is made of: web, worker and command line build the same thing here."""
