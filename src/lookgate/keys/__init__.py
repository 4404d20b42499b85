"""Key rings: the gateway's own signing keys, how they rotate and where they are kept."""
