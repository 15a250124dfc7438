"""What is said to people, in Japanese and English: the sentence of each reason, the words of an interview."""
