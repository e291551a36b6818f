"""Marketing alerts: what is unusual, overspent or past a person's line, found once the data is complete, told once."""
