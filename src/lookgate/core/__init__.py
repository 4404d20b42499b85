"""Identity, policy, secrets and the ports everything else meets through. Standard library only."""
