"""The steps of a project, one file each: `draw(desk, project)` draws what is below the stepper."""
