"""Print what TensorBoard reads from a run folder, as JSON.

Usage: read_events.py FOLDER. The two keys are TensorBoard's two accumulators:
"events" serves Python users, "plugins" the pages (migrated to tensors, and with
a rule of its own for session starts).
Written against TensorBoard 2.21.
"""

import base64
import json
import sys

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.util import tensor_util


def load(module, folder, keep_all):
    accumulator = module.EventAccumulator(folder, size_guidance={kind: 0 for kind in keep_all})
    accumulator.Reload()
    return accumulator


def base64_text(data):
    return base64.b64encode(data).decode()


def graph(accumulator):
    return [
        {
            "Name": node.name,
            "Op": node.op,
            "Inputs": list(node.input),
            "Shape": [dim.size for dim in node.attr["_output_shapes"].list.shape[0].dim],
        }
        for node in accumulator.Graph().node
    ]


def array(event):
    return tensor_util.make_ndarray(event.tensor_proto)


def text(event):
    return {"Step": event.step, "Markdown": array(event).item().decode()}


def read_events(folder):
    acc = load(event_accumulator, folder, ["scalars", "images", "tensors"])
    tags = acc.Tags()
    return {
        "Scalars": {
            tag: [{"Step": e.step, "Value": e.value} for e in acc.Scalars(tag)]
            for tag in tags["scalars"]
        },
        "Images": {
            tag: [
                {
                    "Step": e.step,
                    "Width": e.width,
                    "Height": e.height,
                    "PNG": base64_text(e.encoded_image_string),
                }
                for e in acc.Images(tag)
            ]
            for tag in tags["images"]
        },
        "Texts": {tag: [text(e) for e in acc.Tensors(tag)] for tag in tags["tensors"]},
        "Graph": graph(acc),
    }


def image(event):
    width, height, png = array(event)
    return {
        "Step": event.step,
        "Width": int(width),
        "Height": int(height),
        "PNG": base64_text(png),
    }


def read_plugins(folder):
    acc = load(plugin_event_accumulator, folder, ["tensors"])

    def series(plugin, convert):
        tags = acc.PluginTagToContent(plugin)
        return {tag: [convert(e) for e in acc.Tensors(tag)] for tag in tags}

    return {
        "Scalars": series("scalars", lambda e: {"Step": e.step, "Value": array(e).item()}),
        "Images": series("images", image),
        "Texts": series("text", text),
        "Graph": graph(acc),
    }


if __name__ == "__main__":
    print(json.dumps({"events": read_events(sys.argv[1]), "plugins": read_plugins(sys.argv[1])}))
