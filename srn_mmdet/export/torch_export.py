"""SRN as a program of torch.export, which runs without this package."""

from pathlib import Path

import torch
from torch import nn

from ..written_aside import written_aside
from .graph import DetectorGraph


def export_torch(model: nn.Module, path: str | Path) -> Path:
    """Write a detector with a two-step head as a program: ``torch.export.load(path)``.

    Input and outputs are :func:`export_onnx`'s without NMS, batch, height and width as
    free, but for sides up to the largest stride (SRN's: 128), which the program refuses.

    Args:
        model: A detector of one class, of which a copy in evaluation mode is exported.
        path: The file to write, .pt2.

    Raises:
        TypeError, ValueError: As :func:`export_onnx`.
    """
    free = torch.export.Dim.DYNAMIC
    graph = DetectorGraph(model)
    # a map of one place in the example would fix that size
    largest = max(graph.head.prior_generator.strides)[0]
    example = torch.zeros(2, 3, 2 * largest + 32, 3 * largest + 32)
    with torch.no_grad():
        program = torch.export.export(
            graph,
            (example,),
            dynamic_shapes=[{0: free, 2: free, 3: free}],
            strict=False,
        )
    with written_aside(path) as aside:
        torch.export.save(program, aside)
    return Path(path)
