"""Servers: for models (MCP) and for editors (LSP). They leave the tree as it is; each is an extra and loaded alone."""
