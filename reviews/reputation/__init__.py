"""From reviews and totals to what is shown: figures that never change place, quotes chosen without stars, excerpts."""
