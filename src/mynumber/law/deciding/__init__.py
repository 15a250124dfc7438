"""One module a topic: its question, the columns of the tables that it reads, and the rule that decides."""
