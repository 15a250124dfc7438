"""The town on this machine: its folder, its boot, its processes, its people at the offices."""
