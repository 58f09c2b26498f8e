"""The web interface: pages for people and JSON for scripts.

Both use the functions of the commands, so the ledger and its rules hold. Starlette, uvicorn and
Jinja2 come with the `web` extra; nothing here is imported by another command.
"""
