"""The ways in for people: the command line and the control panel."""
