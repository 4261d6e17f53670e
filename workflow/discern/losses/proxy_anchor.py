"""Proxy-anchor loss: each class's proxy against all samples of the batch."""

from __future__ import annotations

import tensorflow as tf

from discern.losses.shared.cosine_softmax import CosineClassifier
from discern.losses.shared.description import NO_CLASSIFIER_DROPOUT, LossDescription, Parameter
from discern.losses.shared.pairs import log_sum_exp, mean_over

description = LossDescription(
    title="Proxy-anchor",
    formula=r"L = \frac{1}{|P^+|} \sum_{p \in P^+} \log \left( 1 + \sum_{i:\, y_i = p} "
    r"e^{-\alpha (\cos\theta_{p,i} - \delta)} \right) + \frac{1}{C} \sum_{p=1}^{C} \log \left( "
    r"1 + \sum_{i:\, y_i \neq p} e^{\alpha (\cos\theta_{p,i} + \delta)} \right)",
    references=(
        "Kim et al.: Proxy Anchor Loss for Deep Metric Learning, CVPR, 2020, arXiv:2003.13911",
    ),
    distance="cosine",
    grouped=False,
    classifies=True,
    parameters={
        "scale": Parameter(
            32.0,
            "α, how much the hardest samples weigh more than the others (the paper's)",
            minimum=0.01,
            search=(8.0, 16.0, 32.0, 64.0),
        ),
        "margin": Parameter(
            0.1,
            "δ: cosines to a sample's own proxy are to exceed δ, those to others to stay "
            "below −δ (the paper's)",
            minimum=0.0,
            maximum=1.0,
            search=(0.0, 0.1, 0.2, 0.4),
        ),
        "dropout": NO_CLASSIFIER_DROPOUT,
    },
)


class ProxyAnchor(CosineClassifier):
    """Proxy-anchor loss (arXiv:2003.13911, eq. 4); the proxies are the class weights.

    P⁺ are the classes in the batch. The authors train the proxies with 100 times the network's
    learning rate; here both have the same. α is the scale, δ the margin.
    """

    def call(
        self, embeddings: tf.Tensor, labels: tf.Tensor, step: tf.Tensor | None = None
    ) -> tf.Tensor:
        """The mean over the proxies, a scalar; embeddings (B, D), labels (B,)."""
        scores = tf.transpose(self.logits(self.dropout(embeddings, step=step)))
        own = tf.transpose(tf.one_hot(labels, self.classes, on_value=True, off_value=False))
        room = self.scale * self.margin
        pull = tf.nn.softplus(log_sum_exp(room - scores, own))
        push = tf.nn.softplus(log_sum_exp(room + scores, ~own))
        return mean_over(pull, tf.reduce_any(own, axis=1)) + tf.reduce_mean(push)


loss = ProxyAnchor
