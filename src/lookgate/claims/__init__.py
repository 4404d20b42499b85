"""Claims: tokens that the warehouse signs for the user who runs an explore."""
