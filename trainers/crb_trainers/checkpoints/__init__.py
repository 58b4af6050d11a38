"""What a run leaves on disk: checkpoints, whole or not there, and the classifier that others load."""
