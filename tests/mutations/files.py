"""What can be wrong in the modules beside the folders, and the tests that should notice."""
# fmt: off

MUTATIONS = {
    "results.py": {
        "tests": ["test_results.py"],
        "mutations": [
            ("outcomes lie where the measures are",
             'return self.folder / "measure" / label / f"{seed}.npz"',
             'return self.folder / "measure" / label / f"{seed}.json"'),
            ("a record is named by the whole file name",
             "output.name.partition('.')[0]", "output.stem + output.suffix"),
        ],
    },
    "errors.py": {
        "tests": ["test_errors.py"],
        "mutations": [
            ("no remedy is named", "; delete it to have it made again", ""),
        ],
    },
    "files.py": {
        "tests": ["test_files.py"],
        "mutations": [
            ("bytes are renamed before they are on the disk",
             "            os.fsync(file.fileno())\n", "            pass\n"),
            ("small arrays are marked as large", "force_zip64=large", "force_zip64=True"),
            ("large arrays are not marked", "force_zip64=large", "force_zip64=False"),
            ("files of other names are removed",
             'for unfinished in path.parent.glob(f".{glob.escape(path.name)}.{random_part}"):',
             'for unfinished in path.parent.glob(f".{glob.escape(path.name)}.*"):'),
        ],
    },
    "__main__.py": {
        "tests": ["test_main.py"],
        "mutations": [
            ("versions never differ", "return 1 if any(by_kind.values()) else 0", "return 0"),
        ],
    },
}
