"""A run from its first step to its last: what it minimises, how fast, when it evaluates, and what it says of itself."""
