"""What comes with rttgeo: files and their checksums, coasts, land."""
