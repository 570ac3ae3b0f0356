"""The command line's commands: each parses, calls one function elsewhere in `legacy`, and returns the exit code.

Whatever is slow to import is imported inside the command that needs it.
"""
