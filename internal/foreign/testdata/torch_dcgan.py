"""Writes torch.pth, torch.safetensors and torch_answers.safetensors: a generator and a
discriminator of PyTorch's DCGAN example, narrow, with random gammas of both signs and one
of 0, and what they compute in evaluation mode.

    pip install torch safetensors && python torch_dcgan.py
"""

import os

import torch
from safetensors.torch import save_file
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
NZ, NGF, NDF, NC = 6, 8, 3, 3
STRIDE = 13  # of the pictures' numbers every 13th is stored


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.ConvTranspose2d(NZ, NGF * 8, 4, 1, 0, bias=False), nn.BatchNorm2d(NGF * 8), nn.ReLU(True)]
        for k in (8, 4, 2):
            layers += [nn.ConvTranspose2d(NGF * k, NGF * k // 2, 4, 2, 1, bias=False),
                       nn.BatchNorm2d(NGF * k // 2), nn.ReLU(True)]
        layers += [nn.ConvTranspose2d(NGF, NC, 4, 2, 1, bias=False), nn.Tanh()]
        self.main = nn.Sequential(*layers)

    def forward(self, z):
        return self.main(z)


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(NC, NDF, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
        for k in (1, 2, 4):
            layers += [nn.Conv2d(NDF * k, NDF * k * 2, 4, 2, 1, bias=False),
                       nn.BatchNorm2d(NDF * k * 2), nn.LeakyReLU(0.2, inplace=True)]
        layers += [nn.Conv2d(NDF * 8, 1, 4, 1, 0, bias=False), nn.Sigmoid()]
        self.main = nn.Sequential(*layers)

    def forward(self, x):
        return self.main(x).view(-1)


torch.manual_seed(1)
generator, discriminator = Generator(), Discriminator()
with torch.no_grad():
    for network in (generator, discriminator):
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.normal_(0.5, 0.7)
                module.weight[1] = 0
                module.bias.normal_(0, 0.3)
            elif hasattr(module, "weight"):
                module.weight.mul_(4)  # so that what it computes is not all alike
    for _ in range(20):  # which fills the running statistics
        discriminator(generator(torch.randn(32, NZ, 1, 1)))
    generator.eval(), discriminator.eval()
    z = torch.randn(2, NZ, 1, 1)
    pictures = generator(z)
    verdicts = discriminator(pictures)
torch.save(generator.state_dict(), os.path.join(HERE, "torch.pth"))
save_file(discriminator.state_dict(), os.path.join(HERE, "torch.safetensors"))
save_file({"z": z.reshape(2, NZ), "pictures": pictures.reshape(2, -1)[:, ::STRIDE].contiguous(),
           "logits": torch.logit(verdicts.double()).float()}, os.path.join(HERE, "torch_answers.safetensors"))
