"""Users, groups, roles and attributes: what a Looker instance knows of people."""
