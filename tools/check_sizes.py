"""Hold the size budgets of DESIGN section 7, and refuse imports inside functions."""

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
# Written by a program, not by us.
LEFT_OUT = ("src/rollbook/migrations/",)


@dataclass(frozen=True)
class Sized:
    """A file or function and its length in lines."""

    lines: int
    name: str


@dataclass(frozen=True)
class Budget:
    """What the middle, the 95th percentile and the longest may have at most, in lines."""

    what: str
    median: int | None
    p95: int
    longest: int

    def broken_by(self, sized: list[Sized]) -> Iterator[str]:
        """Yield a sentence for each bound that is not kept."""
        ordered = sorted(sized, key=lambda one: one.lines)
        middle, high = ordered[len(ordered) // 2].lines, ordered[len(ordered) * 95 // 100].lines
        longest = ordered[-1].lines
        print(
            f"{self.what}: {len(ordered)}, median {middle}, p95 {high}, longest {longest} lines ({ordered[-1].name})"
        )
        if self.median and middle >= self.median:
            yield f"The median {self.what} has {middle} lines: under {self.median} are allowed."
        if high >= self.p95:
            yield f"The 95th percentile of {self.what} has {high} lines: under {self.p95} are allowed."
        for one in ordered:
            if one.lines > self.longest:
                yield f"{one.name} has {one.lines} lines: {self.longest} are allowed."


BUDGETS = (Budget("files", 100, 300, 500), Budget("functions", None, 40, 80))


def sources() -> list[Path]:
    """Return the Python files that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [name for name in listed.stdout.split("\0") if name and not name.startswith(LEFT_OUT)]
    return [CHECKOUT / name for name in sorted(names) if (CHECKOUT / name).exists()]


def functions(name: str, tree: ast.Module) -> Iterator[tuple[Sized, ast.AST]]:
    """Yield each function of a file with its length, decorators left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (
                Sized(
                    (node.end_lineno or node.lineno) - node.lineno + 1, f"{name}:{node.lineno} {node.name}"
                ),
                node,
            )


def imports_inside(name: str, found: Iterable[ast.AST]) -> Iterator[str]:
    """Yield a sentence for each import inside one of the functions."""
    inside = {
        node.lineno
        for function in found
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    for line in sorted(inside):
        yield f"{name}:{line} imports inside a function: move it to the top of the file."


def main() -> int:
    """Print the sizes and what is wrong with them; returns 1 when anything is."""
    files: list[Sized] = []
    all_functions: list[Sized] = []
    wrong: list[str] = []
    for source in sources():
        name, text = str(source.relative_to(CHECKOUT)), source.read_text()
        found = list(functions(name, ast.parse(text)))
        if text:
            files.append(Sized(len(text.splitlines()), name))
        all_functions += [sized for sized, _ in found]
        wrong += imports_inside(name, [node for _, node in found])
    for budget, sized in zip(BUDGETS, (files, all_functions), strict=True):
        wrong += budget.broken_by(sized)
    print("\n".join(wrong) or "All sizes are within the budgets.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
