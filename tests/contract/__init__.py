"""What every engine promises: run once for each engine that `conftest.ENGINES` names."""
