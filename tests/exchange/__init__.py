"""The room `exchange`: the hallway's own shapes."""
