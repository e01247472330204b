"""Peak memory of a call, as the operating system sees it (Linux)."""

import ctypes
import gc
import multiprocessing
from collections.abc import Callable
from pathlib import Path

import torch

_MMAP_THRESHOLD = -3  # glibc's M_MMAP_THRESHOLD


def peak_of(call: Callable[[], object]) -> float:
    """MiB that the process grows by at the most while ``call`` runs.

    Large blocks are given back to the system when they are freed, from here on, or what
    an earlier call left in the allocator would hide what this one takes. That makes
    them slower to get: no times are to be taken afterwards.
    """
    libc = ctypes.CDLL(None)
    libc.mallopt(_MMAP_THRESHOLD, 64 * 1024)
    gc.collect()
    libc.malloc_trim(0)
    Path('/proc/self/clear_refs').write_text('5')  # forget the peak so far
    before = _status('VmRSS')
    call()
    return (_status('VmHWM') - before) / 1024


def of_own_process(target: Callable, *args) -> float:
    """What ``target(pipe, threads, *args)`` sends, from a new process."""
    context = multiprocessing.get_context('spawn')
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(
        target=target, args=(sender, torch.get_num_threads(), *args)
    )
    child.start()
    sender.close()  # so that a child that fails ends the waiting
    found = receiver.recv()
    child.join()
    return found


def _status(key: str) -> int:
    """KiB."""
    for line in Path('/proc/self/status').read_text().splitlines():
        if line.startswith(key + ':'):
            return int(line.split()[1])
    raise KeyError(key)
