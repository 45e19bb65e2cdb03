"""The machine below: files, threads, compiled code."""
