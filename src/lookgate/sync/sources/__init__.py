"""Token sources that need no cloud: any OAuth 2.0 provider, our own keys, and secrets that stand elsewhere."""
