"""Tests of finding a table and reading its rows."""
