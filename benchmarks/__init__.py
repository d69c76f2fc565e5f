"""What the library costs, side by side with what else there is: `python -m benchmarks`."""
