"""What all stages share: a stage is a dataclass of its options, with a method for its work.

The dataclass determines the program with its ``--help``, the record, and the command line of the
rule::

    @dataclass(frozen=True, kw_only=True)
    class Select(Stage):
        \"\"\"Select the epoch with the lowest validation loss.\"\"\"

        history: Path = reads("CSV: a line per epoch")
        selection: Path = writes("JSON: the epoch and the reason")

        def work(self) -> None:
            ...

    if __name__ == "__main__":
        sys.exit(Select.main())

A stage imports its numerical libraries only when it works. So ``--help`` is fast, and the rules,
which run in an environment without NumPy, can read its options.
"""

from __future__ import annotations

import argparse
import inspect
import logging
import re
import time
from collections.abc import Sequence
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, Self, get_type_hints

from discern.errors import DiscernError
from discern.files import explain, write_json
from discern.provenance.fingerprint import code_fingerprint
from discern.provenance.record import new_record
from discern.stages.options import Role, argument, aside, flag
from discern.stages.surroundings import enter_fixed_environment, logged, pinned_threads

log = logging.getLogger("discern")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """The options of a stage, and how it is run.

    A stage adds fields made by :func:`reads`, :func:`writes`, :func:`parameter` and :func:`aside`
    and implements :meth:`work`. Its docstring is the text of ``--help``.
    """

    record: Path | None = aside("JSON: how the outputs were made", default=None)
    log: Path | None = aside("a copy of all messages, with tracebacks", default=None)

    def work(self) -> dict[str, Any] | None:
        """Do the stage's work; the record holds the returned values as ``results``."""
        raise NotImplementedError

    def modules(self) -> Sequence[str]:
        """The modules of this package that :meth:`work` imports by a computed name."""
        return ()

    def clean_up(self) -> None:
        """Clean up after all outputs and the record have been written."""

    @classmethod
    def stage(cls) -> str:
        """The stage's name, which its module and its rule share."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def options(cls) -> list[Field[Any]]:
        """The fields that are options; those that all stages share come last."""
        shared = {each.name for each in fields(Stage)}
        return sorted(fields(cls), key=lambda each: each.name in shared)

    @classmethod
    def main(cls, argv: Sequence[str] | None = None) -> int:
        """Parse the command line and run the stage; returns the exit status.

        Without ``argv`` the process is the stage's own, so that its environment is fixed first.
        """
        if argv is None:
            enter_fixed_environment()
        return cls.parse(argv).run()

    @classmethod
    def parse(cls, argv: Sequence[str] | None = None) -> Self:
        """The stage that a command line describes, by default the process's own."""
        parser = argparse.ArgumentParser(
            prog=f"python -m discern.stages.{cls.stage()}",
            description=inspect.getdoc(cls),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        kinds = get_type_hints(cls)
        for option in cls.options():
            required = option.default is MISSING
            parser.add_argument(
                flag(option.name),
                help=option.metadata["meaning"],
                required=required,
                default=None if required else option.default,
                **argument(kinds[option.name]),
            )
        return cls(**vars(parser.parse_args(argv)))

    @classmethod
    def shell(cls, stage: str | None = None, further: str = "", **asides: str) -> str:
        """The command line of the stage's rule, with placeholders that Snakemake fills in.

        Inputs, outputs and parameters have the same names in the rule. ``inputs`` are all inputs of
        the rule. The record and the log are the rule's.

        Args:
            stage: the stage's name, if the rule is the base of others.
            further: options that only some of these rules have.
            asides: the values of the other fields; missing or empty ones are left out.
        """
        known = {"inputs": "{input:q}", "log": "{log:q}", "record": "{output.record:q}", **asides}
        places = {"input": "input", "output": "output", "parameter": "params"}
        words = [f"{_PROGRAM} -m discern.stages.{stage or cls.stage()}"]
        for option in cls.options():
            role = option.metadata["role"]
            if option.name in known:
                words += [f"{flag(option.name)} {known[option.name]}"] if known[option.name] else []
            elif role in places:
                words.append(f"{flag(option.name)} {{{places[role]}.{option.name}:q}}")
        return " ".join([*words, further]).rstrip()

    def run(self) -> int:
        """Do the work and write the record; returns the exit status.

        A :class:`DiscernError` or an error of the operating system is reported in one sentence, any
        other exception with its traceback as well. The status is then 1.
        """
        start = time.monotonic()
        try:
            with logged(self.log):
                try:
                    with pinned_threads(getattr(self, "threads", 1)):
                        results = self.work() or {}
                    if self.record:
                        record = self._record(self.record, results, time.monotonic() - start)
                        write_json(self.record, record)
                    self.clean_up()
                except DiscernError as error:
                    return self._fail(error)
                except OSError as error:
                    return self._fail(explain(error))
                except MemoryError:
                    return self._fail(_OUT_OF_MEMORY)
                except KeyboardInterrupt:
                    log.error("%s: interrupted", self.stage())
                    return 130
                except Exception as error:
                    # TensorFlow's error, in a stage that has imported TensorFlow.
                    if type(error).__name__ == "ResourceExhaustedError":
                        return self._fail(_OUT_OF_MEMORY)
                    log.exception("%s: unexpected error; please report it", self.stage())
                    return 1
        except OSError as error:  # the log itself can't be written
            return self._fail(explain(error))
        return 0

    def code(self) -> str:
        """The fingerprint of the code that the stage runs."""
        return code_fingerprint(f"discern.stages.{self.stage()}", *self.modules())

    def values(self, role: Role) -> dict[str, Any]:
        """The values of the fields with this role, by name."""
        return {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if each.metadata["role"] == role
        }

    def _record(self, path: Path, results: dict[str, Any], seconds: float) -> dict[str, Any]:
        return new_record(
            path,
            stage=self.stage(),
            parameters=self.values("parameter"),
            inputs=_paths(self.values("input")),
            outputs=_paths(self.values("output")),
            results=results,
            code=self.code(),
            wall_seconds=seconds,
        )

    def _fail(self, error: DiscernError) -> int:
        log.error("%s: %s", self.stage(), error)
        log.debug("the traceback", exc_info=True)
        return 1


# The interpreter and this package. The Snakefile puts them into the environment: they are not part
# of a rule's text, so that moving the project does not redo any job. Modules are found neither in
# the working directory (-P) nor below the home directory (-s).
_PROGRAM = 'PYTHONPATH="$DISCERN_PACKAGE" "$DISCERN_PYTHON" -P -s'

_OUT_OF_MEMORY = DiscernError("out of memory; give the job more, or run fewer jobs at a time")


def _paths(values: dict[str, Any]) -> list[Path]:
    """All paths among the values of fields that hold one path, several or none."""
    found: list[Path] = []
    for value in values.values():
        found += value if isinstance(value, tuple) else [value] if value else []
    return found
