"""What makes a slice fresh: its window, what the histories say of dates and contents, the statement and the checks."""
