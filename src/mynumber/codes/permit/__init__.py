"""From a request to what a receiver opens: message, proofs, steps, release, receiving, answers."""
