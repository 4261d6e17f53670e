"""What can be wrong with what the terminal shows, and the tests that should notice."""
# fmt: off

MUTATIONS = {
    "terminal/estimate.py": {
        "tests": ["terminal/test_estimate.py"],
        "mutations": [
            ("trainings need no GPU", "max(1, min(by_cores, self.gpus))", "by_cores"),
            ("a training takes one core", "sum(left.values()) + (threads - 1) * trainings",
             "sum(left.values())"),
            ("a running job counts as a waiting one, too",
             " - sum(job.rule == rule for job in running))", ")"),
            ("all queries are test images", 'split["validation"] if is_validated else ', ""),
            ("defaults are never replaced", "known = self.measured.get(rule) or expected",
             "known = expected"),
            ("jobs are counted instead of seconds",
             "cost = {rule: costs.of(rule, running) for rule in planned}\n    total",
             "cost = dict.fromkeys(planned, 1.0)\n    total"),
        ],
    },
    "terminal/messages.py": {
        "tests": ["terminal/test_messages.py"],
        "mutations": [
            ("the log of an earlier job is this one's", "stamp == self._earlier", "stamp is None"),
            ("half a line is a message", 'content[: content.rfind(b"\\n") + 1]', "content"),
            ("messages for debugging are shown", 'if message.level != "DEBUG"', "if message"),
        ],
    },
    "terminal/job.py": {
        "tests": ["terminal/test_display.py"],
        "mutations": [
            ("no message is held back",
             'if message.level == "WARNING" or text.startswith("epoch "):', "if text:"),
            ("epochs are held back", ' or text.startswith("epoch ")', ""),
            ("warnings are held back", 'message.level == "WARNING" or ', ""),
            ("an error is shown as a message", 'in ("ERROR", "CRITICAL")', 'in ("CRITICAL",)'),
            ("minutes are seconds", '(60 if left[2] == "min" else 1)', "1"),
            ("what was printed before is this job's", "file.seek(self._printed_before)",
             "file.seek(0)"),
        ],
    },
    "terminal/display.py": {
        "tests": ["terminal/test_display.py"],
        "mutations": [
            ("every look tells the state", "self._last_state = time.monotonic()\n            self",
             "self"),
            ("finished jobs teach nothing", "if job.record:", "if not job.record:"),
            ("a job from the cache takes no time",
             "max(here, read_record(", "min(here, read_record("),
            ("a queue is work", "job.elapsed if self._slots else 0.0", "job.elapsed"),
            ("a scheduler's reason is lost", "if job is None or not self._slots:",
             "if job is None:"),
            ("other jobs' messages are this one's last lines",
             "job.logged.union(*(each.logged for each in self._jobs.values()))", "job.logged"),
        ],
    },
    "terminal/closing.py": {
        "tests": ["terminal/test_closing.py"],
        "mutations": [
            ("the headline is shown twice", "dict.fromkeys((headline, *_SHOWN))",
             "(headline, *_SHOWN)"),
            ("an untested row is beaten by none", '{"": "–"', '{"": "0"'),
        ],
    },
    "stages/__main__.py": {
        "tests": ["stages/test_list.py"],
        "mutations": [
            ("a base class is a stage", 'node.name.lower() == path.stem.replace("_", "")',
             "node.bases"),
        ],
    },
}
