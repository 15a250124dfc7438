"""The portal's pages: plain HTML that a citizen reads in Japanese or English, with a keyboard, a telephone or an ear.

Promises no script, no image and no other host; what is shown is about the person of the session and is kept by nobody.
Everything a page does, it does through `Citizens`; telling/explaining.py says what a page can and cannot prove.

Read first: listener.py, visits.py, telling/; the words are in locale/, the pages in templates/.
"""
