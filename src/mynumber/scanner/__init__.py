"""The room `scanner`: My Numbers where they should not be, found in files of any company, alone and offline.

Purpose: find numbers, codes and regularly converted numbers in files; judge each honestly; say what could not be read.
Enters: files, folders and streams that somebody asks to have read.
Leaves: finds with place, kind, confidence and reason; digits only where they were asked for.
Must never see: a network, a store of this system, or anything that it was not asked to read.
Articles: My Number Act art. 2(5), 2(8), 2(9), 20, 29.
Read first: finding/tokens.py, then judging.py.

For other programs: `scan(paths)` yields each `Find` and each `Unread`; `scan_history(folders)` does so for all versions
in git repositories; `roster_of(file)` reads known numbers for both. A find that is shown by accident shows no digit.
"""

from mynumber.scanner.finds import Find, Location, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.known.roster import Roster
from mynumber.scanner.scan import roster_of, scan, scan_history

__all__ = ["Confidence", "Find", "Location", "Roster", "Unread", "roster_of", "scan", "scan_history"]
