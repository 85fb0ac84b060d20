"""What each staff page costs with more and more reviews, beside its cost with the fewest; on both engines.

``python -m benchmarks.scale [sqlite] [postgres] [10000 100000 1000000]`` takes some minutes, most of them to fill the
databases. A figure is measured as in `staff`; a word that is searched stands in as many reviews at each size. A table
comes at the end: the milliseconds with the fewest reviews, and how many times as much each other size costs.
"""

import sys

from benchmarks.staff import compare, report

SIZES = (10_000, 100_000, 1_000_000)


def main() -> None:
    engines = [name for name in ("sqlite", "postgres") if name in sys.argv] or ["sqlite", "postgres"]
    sizes = sorted({int(word.replace("_", "")) for word in sys.argv[1:] if word.replace("_", "").isdecimal()} or SIZES)
    tables = []
    for engine in engines:
        found = compare(engine, sizes)
        report(engine, found)
        fewest, *more = sizes
        lines = [f"{engine:26}{fewest:>12,} ms" + "".join(f"{size:>12,}" for size in more)]
        for page, by_size in found.items():
            ratios = "".join(f"{by_size[size] / by_size[fewest]:>12.2f}" for size in more)
            lines.append(f"{page:26}{by_size[fewest]:>15.1f}{ratios}")
        tables.append("\n".join(lines))
    print("\n\n".join(tables), file=sys.stderr)


if __name__ == "__main__":
    main()
