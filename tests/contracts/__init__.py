"""The marketplaces' own specifications, and whether we keep to them.

    python -m tests.contracts --specs DIR

`texts` reads the three OpenAPI files, `schemas` makes JSON Schemas of them, `judge` compares an
exchange with them. `proxy` records what the program and the sandbox say to each other on the
`days` that are driven; `exceptions` lists what differs and may, each with its reason.
"""
