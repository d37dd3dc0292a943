"""History from files: CSV, JSON Lines and Parquet become events, each once, and what can't is listed."""
