"""How rows are ranked: their means, intervals, and which of them differ significantly."""
