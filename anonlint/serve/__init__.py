"""Servers: for models (MCP) and for editors (LSP). They read, and never write; each is an extra and loaded alone."""
