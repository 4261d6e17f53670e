"""What can be wrong in the networks, and the tests that should notice."""
# fmt: off
# ruff: noqa: E501 - a mutation a line, as wide as the line that it breaks

MUTATIONS = {
    "training/network.py": {
        "tests": ["training/test_network.py", "networks/test_every_network.py", "networks/test_resnet.py"],
        "mutations": [
            ("weights too many pass", "sorted(expected | found)", "sorted(expected)"),
            ("one long side suffices", "if min(height, width) < smallest:", "if max(height, width) < smallest:"),
            ("validation uses a batch's statistics", "training=step is not None", "training=True"),
            ("statistics never move", "training=step is not None", "training=False"),
            ("colours are another axis", "if images.shape.rank == 4 else", "if False else"),
        ],
    },
    "networks/lenet.py": {
        "tests": ["networks/test_lenet.py", "networks/test_every_network.py"],
        "mutations": [
            ("the image has no border", ', padding="same"', ""),
            ("a layer is linear", 'dense(84, seed, "dense2", activation="relu")', 'dense(84, seed, "dense2")'),
            ("smaller images fit", "smallest_image=12", "smallest_image=11"),
        ],
    },
    "networks/resnet.py": {
        "tests": ["networks/test_resnet.py", "networks/test_every_network.py"],
        "mutations": [
            ("blocks have no shortcut", "tf.nn.relu(residual + shortcut)", "tf.nn.relu(residual)"),
            ("blocks start alike", 'Block(64, 2, stream(seed, "block3"), "block3")', 'Block(64, 2, stream(seed, "block2"), "block3")'),
            ("the second convolution is not normalised", "residual = self.norm2(self.conv2(residual))", "residual = self.conv2(residual)"),
            ("statistics are slow", "momentum=0.9", "momentum=0.99"),
        ],
    },
    "networks/shared/layers.py": {
        "tests": ["networks/test_every_network.py"],
        "mutations": [
            ("all layers start alike", "GlorotUniform(stream(seed, name))", "GlorotUniform(seed)"),
        ],
    },
}
