"""The only code that imports sqlmesh. Standard library and sqlmesh, nothing else; Python 3.9 or later."""
