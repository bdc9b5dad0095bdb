"""The command line: one module per subcommand, wiring only, and the only room that exits."""
