"""Every data set by its name, and the samples behind it."""
