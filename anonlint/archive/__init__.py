"""Whole lists and whole histories: mails by cursor, series put together, findings kept in one SQLite file.

What is decided is here as functions of values (`letters`, `joining`, `units`), what is done beside it (`sources`,
`database`, `reading`, `working`).
"""
