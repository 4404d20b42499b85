"""A month of renewals in seconds: the real plan and runner, in simulated time, with faults, watched from outside."""
