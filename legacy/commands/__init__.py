"""The command line: one module for each command, named after it, that parses, calls one function elsewhere and returns
the exit code.

Whatever is slow to import is imported inside the command that needs it.
"""
