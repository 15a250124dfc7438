"""What is done for a citizen who is signed in: sessions, orders through the network, and reading the replica."""
