"""C to a control-flow graph, and what is alive in it. It knows no kernel word."""
