"""Policies tried on a model of the trade: buyers, pairs, readings every few minutes, deliveries.

A model, not the program: no book, no network. What it leaves out is told where it is used.
"""
