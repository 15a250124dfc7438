"""The two check digits; each promises the formula of the order and nothing more.

Both count the digits from the right: P_n is the n-th digit, Q_n its weight, and the sum runs over P_n * Q_n.
"""


def my_number_check_digit(body: str) -> int:
    """Return the check digit that follows the 11 ASCII digits of `body`."""
    # MIC Order 85/2014 art. 5: Q_n is n + 1 for the first six digits and n - 5 for the others.
    total = sum(int(digit) * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(body), start=1))
    remainder = total % 11
    return 0 if remainder <= 1 else 11 - remainder


def corporate_check_digit(base: str) -> int:
    """Return the check digit, 1 to 9, that stands before the 12 ASCII digits of `base`."""
    # Order for the Act art. 35: Q_n is 1 for odd n and 2 for even n.
    total = sum(int(digit) * (1 if n % 2 else 2) for n, digit in enumerate(reversed(base), start=1))
    return 9 - total % 9
