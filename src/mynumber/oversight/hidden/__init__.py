"""Hidden rows at the supervisor: fetched and checked, kept sealed, and disclosed when they are due."""
