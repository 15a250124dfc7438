"""The room `number`: what a My Number is, and what is none.

Purpose: one type for a My Number that cannot be shown by accident; the check digits of both kinds of number.
Enters: a text that somebody typed, or the 11-digit body of a number about to be issued.
Leaves: a `MyNumber`, or a refusal that does not repeat the text.
Must never see: whose number it is.
Articles: My Number Act art. 2(5), 2(16), 8; Order for the Act art. 6, 35; MIC Order 85/2014 art. 5.
Read first: my_number.py.
"""
