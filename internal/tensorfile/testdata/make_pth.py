"""Writes zip.pth and old.pth, one dictionary of tensors in both formats of
torch.save, and evil.pth, whose pickle would run a command.

    pip install torch && python make_pth.py
"""
import os
import pickle
import zipfile

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
net = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 1), torch.nn.BatchNorm2d(3))
state = net.state_dict()  # an OrderedDict with attributes and a count of int64
for k, (name, t) in enumerate(state.items()):
    t.copy_(torch.arange(t.numel()).reshape(t.shape) + 10 * k)
state["parameter"] = torch.nn.Parameter(torch.tensor([1.5]))
state["turned"] = torch.arange(6.0, dtype=torch.float64).reshape(2, 3).T  # strides (1, 3)
state["part"] = torch.arange(10.0)[3:7:2]  # an offset
torch.save(state, os.path.join(HERE, "zip.pth"))
torch.save(state, os.path.join(HERE, "old.pth"), _use_new_zipfile_serialization=False)


class Evil:
    def __reduce__(self):
        return os.system, ("echo executed",)


with zipfile.ZipFile(os.path.join(HERE, "evil.pth"), "w") as z:
    z.writestr("evil/data.pkl", pickle.dumps({"x": Evil()}, protocol=2))
