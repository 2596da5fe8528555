"""What only one engine has: the embedded store's file, its projections and its processes."""
