"""Very many targets: result columns in place of objects, shards on disk, several machines."""
