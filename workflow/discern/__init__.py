"""discern: which loss function separates classes best in an embedding?

The stages of the pipeline are the modules of :mod:`discern.stages`, the losses those of
:mod:`discern.losses`. Importing this package imports neither TensorFlow nor NumPy: Snakemake's
own environment, which has neither, reads the configuration and the fingerprints with it.
"""

import os

# TensorFlow reports at every import that CUDA libraries register twice, as "errors"; real errors
# are raised. Set here, because this runs before any module of the package imports TensorFlow.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
