"""Calls from an Asterisk PBX over its Manager Interface (AMI), and click-to-call through it."""
