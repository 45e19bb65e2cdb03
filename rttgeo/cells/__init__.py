"""Sets of cells of an equal-area grid, and probability over them."""
