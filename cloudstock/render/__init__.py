"""Answers on stdout: tables and text for people, JSON for programs.

Whatever came from outside (names, articles, a marketplace's words) is made harmless here: it cannot
move a terminal's cursor, colour it, or pass for a line of its own.
"""
