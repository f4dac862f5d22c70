"""Real binaries to run tdxprove on: where they come from, how they are built, how the results are summed up."""
