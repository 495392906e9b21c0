"""The sections of the settings page, a module for each with `draw(desk)`."""
