"""What can be wrong in a training, and the tests that should notice."""
# fmt: off
# ruff: noqa: E501 - a mutation a line, as wide as the line that it breaks

MUTATIONS = {
    "training/history.py": {
        "tests": ["training/test_history.py"],
        "mutations": [
            ("epochs may be skipped", 'if row["epoch"] != number:', 'if row["epoch"] < number:'),
            ("infinite numbers pass", "if not math.isfinite(value):", "if math.isnan(value):"),
            ("later collapses count too",
             "[e for e in self.collapsed if e <= epoch]", "self.collapsed"),
            ("every epoch has a checkpoint",
             "best_epoch(losses[:end]) == end]", "best_epoch(losses[:end]) <= end]"),
            ("another name for a checkpoint", "epoch-{epoch:04d}.npz", "epoch-{epoch}.npz"),
        ],
    },
    "training/resume.py": {
        "tests": ["training/test_resume.py"],
        "mutations": [
            ("the state of another training is continued",
             'if str(arrays["fingerprint"]) != self.fingerprint:', "if False:"),
            ("the optimiser starts anew", "        trainer.optimizer.set_weights(moments)\n", ""),
            ("checkpoints are not checked",
             "                read_arrays(self.checkpoints / checkpoint_name(epoch))\n",
             "                pass\n"),
            ("checkpoints without a state are kept",
             "        if not self.state.exists():\n            self.discard()\n",
             "        if not self.state.exists():\n"),
            ("an interrupted publication is in the way",
             "        shutil.rmtree(unfinished, ignore_errors=True)\n", ""),
            ("a file system without locks is an error", "errno.EBADF, errno.ENOLCK,", "errno.EBADF,"),
            ("two processes may have a folder",
             "fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_SH | fcntl.LOCK_NB"),
            ("a checkpoint of each epoch", "if history.best_epochs[-1] == epoch:", "if True:"),
            ("earlier collapses are forgotten",
             'collapsed=arrays["collapsed"].tolist()', "collapsed=[]"),
            ("epochs are no whole numbers", 'row | {"epoch": int(row["epoch"])}', "row"),
        ],
    },
    "training/loop.py": {
        "tests": ["training/test_loop.py"],
        "mutations": [
            ("epochs beyond the end stay",
             "if schedule.is_over(history.validation_losses[:done]):", "if False:"),
            ("an infinite validation loss passes",
             "if not math.isfinite(validation.loss):", "if math.isnan(validation.loss):"),
            ("validation groups the wrong losses", "    if grouped:\n", "    if not grouped:\n"),
            ("the last validation batch is too large",
             "range(size, count, size)", "range(size, count - size, size)"),
            ("no state is kept", "        resume.save(trainer, history)\n", ""),
            ("classes are not counted from 0", "numbered(chosen.labels, classes)", "chosen.labels"),
            ("initial weights do not depend on the seed",
             "network=EmbeddingNetwork(network, seed)", "network=EmbeddingNetwork(network, 0)"),
            ("no collapse is recorded", "history.collapsed.append(epoch)", "pass"),
        ],
    },
    "training/progress.py": {
        "tests": ["training/test_progress.py"],
        "mutations": [
            ("the rate counts from the training's begin",
             "self._begin = self._last = time.monotonic()\n\n    def step",
             "self._last = time.monotonic()\n\n    def step"),
            ("a line per step once the interval is over",
             "if now - self._last >= self.interval:", "if now - self._begin >= self.interval:"),
            ("the epochs that are done are left too",
             "(self.epochs - self.epoch) * row", "self.epochs * row"),
        ],
    },
    "training/schedule.py": {
        "tests": ["training/test_schedule.py"],
        "mutations": [
            ("the end comes an epoch late", "waited >= self.patience", "waited > self.patience"),
            ("a rate below the minimum rises",
             "max(rate * self.factor, min(rate, self.minimum))",
             "max(rate * self.factor, self.minimum)"),
        ],
    },
    "training/embedding.py": {
        "tests": ["training/test_embedding.py"],
        "mutations": [
            ("class weights without a classifier", "if classifies else {}", "if True else {}"),
            ("the last batch is left out",
             "range(0, len(images), _BATCH)", "range(0, len(images) - _BATCH, _BATCH)"),
            ("the least likely class is predicted",
             "tf.argmax(layer.logits(embeddings), axis=1)",
             "tf.argmin(layer.logits(embeddings), axis=1)"),
            ("TensorFlow is not configured", "    configure(threads)\n", ""),
        ],
    },
    "training/determinism.py": {
        "tests": ["training/test_determinism.py"],
        "mutations": [
            ("the card is taken whole",
             "set_memory_growth(gpu, True)", "set_memory_growth(gpu, False)"),
            ("the device is always the processor",
             '(tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices())[0]',
             'tf.config.list_logical_devices("CPU")[0]'),
        ],
    },
    "training/network.py": {
        "tests": ["training/test_network.py"],
        "mutations": [
            ("weights too many pass", "sorted(expected | found)", "sorted(expected)"),
            ("one long side suffices", "if min(image_shape) < 6:", "if max(image_shape) < 6:"),
        ],
    },
    "training/trainer.py": {
        "tests": ["training/test_trainer.py"],
        "mutations": [
            ("the validation loss is no mean over the images used",
             "total / count,", "total / len(self.validation.labels) * 1.01,"),
            ("a loss of 0 for equal embeddings is a collapse",
             "stuck = 0 < self.equal_loss >=", "stuck = self.equal_loss >="),
            ("steps count from 1",
             "tf.constant(first + done - 1)", "tf.constant(first + done)"),
        ],
    },
    "training/batches.py": {
        "tests": ["training/test_batches.py"],
        "mutations": [
            ("a number may be twice in a group",
             "np.concatenate([shuffled[~again], shuffled[again]])", "shuffled"),
            ("samples drawn earlier are forgotten",
             "earlier = classes.times(epoch * slots) * self.samples",
             "earlier = classes.times(0) * self.samples"),
        ],
    },
    "training/settings.py": {
        "tests": ["training/test_settings.py"],
        "mutations": [
            ("it needs NumPy",
             "from dataclasses import dataclass\n", "from dataclasses import dataclass\nimport numpy\n"),
        ],
    },
}
