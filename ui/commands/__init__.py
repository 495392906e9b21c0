"""The command line's verbs, one module per noun."""
