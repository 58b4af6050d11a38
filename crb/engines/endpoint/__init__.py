"""A judge behind an OpenAI-compatible address: requests at once within bounds, trouble told apart, usage counted."""
