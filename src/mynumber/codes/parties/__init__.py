"""Who takes part: entries, the signed directory with its checks, drafting it, and which one a message names."""
