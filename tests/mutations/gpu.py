"""What can be wrong with a GPU's driver and libraries, and the tests that should notice."""
# fmt: off
# ruff: noqa: E501 - a mutation a line, as wide as the line that it breaks

MUTATIONS = {
    "gpu/card.py": {
        "tests": ["gpu/test_card.py"],
        "mutations": [
            ("no card is a card", 'if not cuda.number("cuDeviceGetCount"):', "if False:"),
            ("an old driver passes", "if level < oldest:", "if level < oldest - 1000:"),
            (
                "a driver that is just new enough is refused",
                "if level < oldest:",
                "if level <= oldest:",
            ),
            ("capability 9.0 needs no newer driver", "= needed[-1]", "= needed[0]"),
            (
                "capability 5.0 is refused",
                "card.capability >= capability]",
                "card.capability > capability]",
            ),
            ("capability 10.0 passes", "card.capability >= _TOO_NEW", "card.capability > _TOO_NEW"),
            ("the compute mode is not looked at", "if mode == _PROHIBITED:", "if False:"),
            (
                "a busy card has a code alone",
                "if mode in _EXCLUSIVE and error.code in (UNAVAILABLE, INVALID_DEVICE):",
                "if False:",
            ),
            (
                "each fault of an exclusive card is another process",
                "if mode in _EXCLUSIVE and error.code in (UNAVAILABLE, INVALID_DEVICE):",
                "if mode in _EXCLUSIVE:",
            ),
            (
                "each card that is not available is exclusive",
                "if mode in _EXCLUSIVE and error.code",
                "if error.code",
            ),
            (
                "the older exclusive mode is not known",
                "_EXCLUSIVE = 2, (1, 3)",
                "_EXCLUSIVE = 2, (3,)",
            ),
            (
                "a card without room for a context has a code alone",
                "if error.code == OUT_OF_MEMORY:",
                "if False:",
            ),
            ("a full card passes", "if free < _NEEDED_MEMORY:", "if False:"),
            (
                "a card with just enough memory is refused",
                "if free < _NEEDED_MEMORY:",
                "if free <= _NEEDED_MEMORY:",
            ),
            (
                "capability 9.0 compiles in silence",
                "card.capability < _COMPILED_AT_START",
                "card.capability <= _COMPILED_AT_START",
            ),
            (
                "an empty folder has kernels",
                "folder.is_dir() and any(folder.iterdir())",
                "folder.is_dir()",
            ),
            (
                "compilation is announced at each start",
                " or (folder.is_dir() and any(folder.iterdir()))",
                "",
            ),
            (
                "the driver's own folder is not named",
                'cache or Path.home() / ".nv" / "ComputeCache"',
                'cache or Path.home() / ".nv"',
            ),
        ],
    },
    "gpu/driver.py": {
        "tests": ["gpu/test_card.py", "gpu/test_driver.py"],
        "mutations": [
            (
                "failed calls go unnoticed",
                "        if code:\n            raise CallError",
                "        if False:\n            raise CallError",
            ),
            (
                "the context is kept",
                '            self.call("cuDevicePrimaryCtxRelease_v2", device)',
                "            pass",
            ),
            (
                "the context stays current",
                '                self.call("cuCtxPopCurrent_v2", ctypes.byref(context))',
                "                pass",
            ),
            ("all memory is free", "return free.value", "return total.value"),
            ("the linker's reason is missing", "can't be loaded ({error})", "can't be loaded"),
            (
                "hidden cards are not told",
                "if error.code == NO_DEVICE and visible is not None:",
                "if False:",
            ),
            (
                "hidden cards are the cause of all",
                "if error.code == NO_DEVICE and visible is not None:",
                "if visible is not None:",
            ),
            (
                "an empty list of cards is no list",
                "if error.code == NO_DEVICE and visible is not None:",
                "if error.code == NO_DEVICE and visible:",
            ),
            ("one remedy for all codes", "_REMEDIES.get(error.code, ", "str("),
            ("codes have no names", "(name.value or b'unknown error')", "b'unknown error'"),
            ("NVML is not asked", "texts = [_nvml_version()]", "texts = []"),
            ("NVML need not start", "if nvml.nvmlInit_v2():", "if nvml.nvmlInit_v2() < 0:"),
            (
                "NVML's failure is a version",
                '"" if failed else text.value.decode()',
                'text.value.decode() or "0.0"',
            ),
            (
                "a file that is missing is an error",
                "with suppress(OSError):",
                "with suppress(ValueError):",
            ),
            ("the last source counts", "text in texts)", "text in reversed(texts))"),
            ("a version without its last part", r"\b\d+\.\d+(\.\d+)?\b", r"\b\d+\.\d+"),
            ("minor versions are ten times as high", "number % 1000 // 10)", "number % 1000)"),
        ],
    },
    "gpu/libraries.py": {
        "tests": ["gpu/test_libraries.py"],
        "mutations": [
            ("a library is forgotten", ' "libcublasLt.so.12",', ""),
            (
                "one library too many",
                ' "libcublasLt.so.12",',
                ' "libcublasLt.so.12", "libcurand.so.10",',
            ),
            (
                "the library that lacks another is not named",
                'str(error) if name in str(error) else f"{name}: {error}"',
                "str(error)",
            ),
            (
                "TensorFlow's own come before the linker's folders",
                'folders += Path(tensorflow.origin).parents[1].glob("nvidia/*/lib")',
                'folders = [*Path(tensorflow.origin).parents[1].glob("nvidia/*/lib"), *folders]',
            ),
            (
                "the linker's folders are forgotten",
                'os.environ.get("LD_LIBRARY_PATH", "").split(":")',
                '"".split(":")',
            ),
            ("TensorFlow's own are not looked at", '.glob("nvidia/*/lib")', '.glob("nvidia/lib")'),
            ("the sentence lists nothing", "({', '.join(reasons)})", "({len(reasons)})"),
            (
                "nothing is missing and the sentence says it is",
                "    if not reasons:\n",
                "    if False:\n",
            ),
            (
                "versions of libraries that are not in use",
                "ctypes.CDLL(name, os.RTLD_NOLOAD)",
                "ctypes.CDLL(name)",
            ),
            (
                "a version that failed",
                "not runtime.cudaRuntimeGetVersion(ctypes.byref(number))",
                "runtime.cudaRuntimeGetVersion(ctypes.byref(number)) < 99",
            ),
            ("a driver without a version", "    if card.driver:\n", "    if True:\n"),
            ("cuDNN's last number is the first of two", "int(text[2:])", "text[2]"),
        ],
    },
    "gpu/errors.py": {
        "tests": ["gpu/test_errors.py"],
        "mutations": [
            (
                "the machine's memory is the GPU's",
                "isinstance(error, DiscernError) or re.search(_MAIN_MEMORY, text)",
                "isinstance(error, DiscernError)",
            ),
            (
                "our own errors are explained again",
                "isinstance(error, DiscernError) or re.search(_MAIN_MEMORY, text)",
                "re.search(_MAIN_MEMORY, text)",
            ),
            ("memory for copies is the GPU's", r"|by allocator \w*host", ""),
            (
                "the error's kind is not looked at",
                'text.replace("ResourceExhaustedError", "RESOURCE_EXHAUSTED")',
                "text",
            ),
            ("what follows comes first", "in _CAUSES.items():", "in reversed(_CAUSES.items()):"),
            (
                "any other error is the GPU's",
                '            return DiscernError(f"{cause}; {remedy}")\n    return None',
                '            return DiscernError(f"{cause}; {remedy}")\n    return DiscernError(cause)',
            ),
        ],
    },
}
