"""Time the reference's training step on TensorFlow in version-1 mode, on the CPU.

One graph and one session, as the reference's script has them: a session run for the
update of D, five for those of G, one for the losses and the pictures, each fed the
same batch. Initial values are small random numbers: only the time counts here.
--dtype bf16 turns on the graph rewrite for mixed precision of oneDNN.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow

import peer

tf = tensorflow.compat.v1
tf.disable_v2_behavior()


def variable(name, *shape):
    start = tf.random_normal_initializer(stddev=0.02) if len(shape) > 1 else tf.zeros_initializer()
    return tf.get_variable(name, shape, initializer=start)


def normalise(x, channels):
    """Batch norm by the batch's statistics, with beta only."""
    y, _, _ = tf.nn.fused_batch_norm(x, tf.ones([channels]), variable("beta", channels),
                                     epsilon=peer.BN_EPSILON, is_training=True)
    return y


def generator(z, widths):
    x, below, size, batch = z[:, None, None, :], peer.NZ, 1, tf.shape(z)[0]
    for i, width in enumerate(widths):
        stride, padding, size = (1, "VALID", 4) if i == 0 else (2, "SAME", 2 * size)
        with tf.variable_scope(f"deconv{i + 1}"):
            x = tf.nn.conv2d_transpose(x, variable("weights", 4, 4, width, below),
                                       [batch, size, size, width], stride, padding)
            if i < len(widths) - 1:
                x = tf.nn.relu(normalise(x, width))
            else:
                x = tf.nn.bias_add(x, variable("biases", width))
        below = width
    with tf.variable_scope("logits"):
        x = tf.nn.conv2d(x, variable("weights", 1, 1, below, peer.CHANNELS), 1, "VALID")
        return tf.tanh(tf.nn.bias_add(x, variable("biases", peer.CHANNELS)))


def discriminator(x, widths):
    below = peer.CHANNELS
    for i, width in enumerate(widths):
        with tf.variable_scope(f"conv{i + 1}"):
            x = tf.nn.conv2d(x, variable("weights", 4, 4, below, width), 2, "SAME")
            x = tf.nn.bias_add(x, variable("biases", width)) if i == 0 else normalise(x, width)
            x = tf.nn.leaky_relu(x, peer.LEAK)
        below = width
    with tf.variable_scope("logits"):
        x = tf.nn.conv2d(x, variable("weights", 1, 1, below, 1), 1, "VALID")
        return tf.reshape(tf.nn.bias_add(x, variable("biases", 1)), [-1])


def loss(logits, target):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(
        labels=tf.fill(tf.shape(logits), target), logits=logits))


def minimise(rate, value, scope):
    adam = tf.train.AdamOptimizer(rate, peer.BETA1, peer.BETA2, peer.EPSILON)
    return adam.minimize(value, var_list=tf.trainable_variables(scope))


class Trainer:
    def __init__(self, o):
        g_widths, d_widths = peer.widths(o)
        self.shape = (o.batch, o.size, o.size, peer.CHANNELS)
        self.real = tf.placeholder(tf.float32, self.shape)
        self.z = tf.placeholder(tf.float32, (o.batch, peer.NZ))
        with tf.variable_scope("Generator"):
            self.generated = generator(self.z, g_widths)
        with tf.variable_scope("Discriminator", reuse=tf.AUTO_REUSE):
            on_generated = discriminator(self.generated, d_widths)
            on_real = discriminator(self.real, d_widths)
        self.losses = [loss(on_real, peer.SMOOTHED), loss(on_generated, 0.0), loss(on_generated, 1.0)]
        self.update_d = minimise(peer.LR_D, self.losses[0] + self.losses[1], "Discriminator")
        self.update_g = minimise(peer.LR_G, self.losses[2], "Generator")
        self.session = tf.Session(config=self.settings(o))
        self.session.run(tf.global_variables_initializer())

    @staticmethod
    def settings(o):
        c = tf.ConfigProto(intra_op_parallelism_threads=o.threads, inter_op_parallelism_threads=1)
        if o.dtype == "bf16":
            c.graph_options.rewrite_options.auto_mixed_precision_onednn_bfloat16 = 1  # ON
        return c

    def step(self):
        uniform = lambda shape: np.random.uniform(-1, 1, shape).astype(np.float32)
        feed = {self.real: uniform(self.shape), self.z: uniform((self.shape[0], peer.NZ))}
        self.session.run(self.update_d, feed)
        for _ in range(peer.GEN_UPDATES):
            self.session.run(self.update_g, feed)
        losses, _ = self.session.run([self.losses, self.generated], feed)
        return [float(v) for v in losses[:2]]


def main():
    o = peer.options(["v1"])
    peer.report(o, "TensorFlow " + tensorflow.__version__, Trainer(o).step)


main()
