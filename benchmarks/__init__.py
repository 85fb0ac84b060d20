"""Figures as ratios in one run: ours beside the limit or the peer, alternating, medians. `make bench` runs them all."""
