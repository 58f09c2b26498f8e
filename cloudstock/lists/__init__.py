"""Lists, each declared once, in a module of its name.

`declared` says of what a declaration is made, `values` reads what people write, `reading` makes SQL
of both and reads rows.
"""
