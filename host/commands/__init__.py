"""The commands of `tsunagu`, one area a file; host/cli.py loads each when it is asked for."""
