"""Pairs on their way to a step: read, written as token ids, planned, and packed into one row."""
