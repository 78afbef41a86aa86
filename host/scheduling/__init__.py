"""Jobs by the clock, or by the press of a button: run once, by one worker, and taken up again after a crash (R20)."""
