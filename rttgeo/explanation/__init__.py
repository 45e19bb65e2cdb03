"""Why a region is as it is, and what would make it smaller."""
