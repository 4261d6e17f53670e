"""The script that breaks the package on purpose: its lists are current, its reports true."""

import sys
from pathlib import Path

import pytest

import mutants
from programs import run_program

PROGRAM = """
import sys
from pathlib import Path
import mutants
mutants.LISTS, mutants.LIBRARIES = Path(sys.argv[1]), ("sklearn.datasets",)
sys.exit(mutants.main(sys.argv[2:]))
"""
SORTED = 'sorted(folder.glob("*.py"))'


@pytest.mark.parametrize("trial", mutants.load([]), ids=lambda trial: trial.name)
def test_a_mutation_still_fits_its_module_and_names_tests_that_exist(trial):
    assert trial.mutated()
    assert all((mutants.PROJECT / "tests" / name).is_file() for name in trial.tests)


def run_mutants(folder, mutations, *arguments):
    """What the script prints and its status, with a list of these mutations of one module."""
    entry = {"tests": ["test_declarations.py"], "mutations": mutations}
    text = f"MUTATIONS = {{'declarations.py': {entry!r}}}\n"
    (folder / "list.py").write_text(text, encoding="utf-8")
    here = Path(mutants.__file__).parent
    done = run_program(sys.executable, "-c", PROGRAM, folder, *arguments, cwd=here)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_a_mutant_is_noticed_or_survives_and_the_checkout_stays_as_it_is(tmp_path):
    path = mutants.PROJECT / mutants.PACKAGE / "declarations.py"
    before = path.read_bytes()
    noticed, survivor = (
        ("backwards", SORTED, f"{SORTED}[::-1]"),
        ("the same", SORTED, f"({SORTED})"),
    )
    status, printed = run_mutants(tmp_path, [noticed, survivor], "--jobs", "2")
    assert status == 1
    assert "noticed   declarations.py: backwards  tests/test_declarations.py::test_" in printed
    assert "declarations.py: the same: no test noticed" in printed
    assert "2 mutants, 1 not noticed" in printed
    status, printed = run_mutants(tmp_path, [noticed, survivor], "--list", "backwards")
    assert (status, printed) == (0, "declarations.py: backwards\n")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("mutation", "why"),
    [
        (("gone", "no such text", ""), "stale: 'no such text' occurs 0 times, not once"),
        (("twice", "variable", ""), "stale: 'variable' occurs"),
        (("broken", SORTED, "sorted("), "no Python: "),
    ],
)
def test_a_mutation_that_can_not_be_made_is_an_error(tmp_path, mutation, why):
    status, printed = run_mutants(tmp_path, [mutation])
    assert status == 1
    assert f"declarations.py: {mutation[0]}: {why}" in printed
    assert run_mutants(tmp_path, [mutation], "--list")[0] == 1
