"""What every store of every owner holds, why, and that no common database exists (FAQ 5-2, 5-6)."""
