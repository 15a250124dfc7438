"""What a scan says, in the forms that people and programs read; digits only where they were asked for."""
