"""Boot: what init, ceremony and serve promise, tried with the functions and commands that people use."""
