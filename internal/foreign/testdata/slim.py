"""Writes slim.ckpt-10.index and .data-00000-of-00001, a checkpoint of the article's networks
by tf.train.Saver, and slim_answers.safetensors: what its generator paints with the
statistics of a batch.

    pip install -r ../../../testdata/golden/requirements-tf.txt && python slim.py
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../../testdata/golden"))

import nets
import reference_tf

nets.NGF = nets.NDF = 3
net = nets.Net(size=16, nz=5, published=False, first_batch=1)
model = reference_tf.Model(net, reference_tf.tf.float32)
with model.graph.as_default():
    saver = reference_tf.tf.train.Saver(var_list=reference_tf.tf.global_variables())
    saver.save(model.session, os.path.join(HERE, "slim.ckpt"), global_step=10, write_meta_graph=False)
_, z = nets.batch(net, 1)
pictures = model.run(model.generated, 1).transpose(0, 3, 1, 2)
os.remove(os.path.join(HERE, "checkpoint"))
nets.write_safetensors(os.path.join(HERE, "slim_answers.safetensors"), {
    "z": z.astype("float32"), "pictures": pictures.astype("float32"),
    "discriminator.conv3.weight": model.weights("x")["x.discriminator.conv3.weight"].astype("float32"),
}, {})
