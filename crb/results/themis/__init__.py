"""The 51 runs as their authors published them: read, checked against their own figures, and made into runs."""
