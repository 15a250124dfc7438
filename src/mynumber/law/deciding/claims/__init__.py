"""Statements about the law that are right or wrong: penalties, their elements, the general law, what is a My Number."""
