"""Judges and sequence classifiers under vLLM: in processes of its own, on this machine or under Ray."""
