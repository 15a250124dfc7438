"""What stays: rows, hidden rows, outcomes, and the signed forms that parties send each other."""
