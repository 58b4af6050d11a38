"""The model in training: where it lies, how it is loaded, its attention, its losses and its shards."""
