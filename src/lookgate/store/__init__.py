"""The gateway's own state, behind ``core.ports.Store``."""
