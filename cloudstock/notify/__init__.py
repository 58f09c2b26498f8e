"""Telling people who are not looking: notices of what lasts, heartbeats of each job.

Events are rows of the database, found and told after a job's work, outside its lock. Nothing here
ever fails a job: what cannot be told is a warning in the log, and is told by the next run.
"""
