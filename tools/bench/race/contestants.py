# SPDX-License-Identifier: Apache-2.0
"""The contestants of the race."""

import dataclasses

import limit
from setup import RIVALS
from workloads import SETS


@dataclasses.dataclass(frozen=True)
class Contestant:
    key: str
    title: str
    files: tuple  # patterns of the files that it reads in the folder of a data set
    threads: int = 0  # thread count of C and of Colonnade; rivals try their own configurations
    computes_order: bool = False  # whether C computes the row numbers while the clock runs
    delivers: bool = False  # whether a thread of C receives all batches in order
    script: str = ""
    pictures: str = ""  # the script for workloads of pictures, where it is another one
    is_scalar: bool = False  # whether C changes the size of pictures by a simple loop; it takes part only there
    all_batches: bool = True  # False: one batch size per workload, since its cost per row does not depend on it
    takes_all: bool = True  # False: only the first rows, since files are written sample by sample, or everything is in memory

    @property
    def is_limit(self):
        return self.key.startswith("c-")

    @property
    def is_rival(self):
        return bool(self.script or self.pictures)

    def command(self, programs, workload, batch, data):
        options = ["--batch", batch, "--threads", max(self.threads, 1)]
        if self.is_limit and workload.crop:
            loops = ["--loops", "scalar" if self.is_scalar else "vector"]
            return [*limit.pictures(programs["picture_limit"], data / workload.set, workload), *loops, *options]
        if self.is_limit:
            order = "file" if not workload.shuffle else "computed" if self.computes_order else "ready"
            options += ["--order", order, "--delivery", "ordered" if self.delivers else "none"]
            options += limit.work(SETS[workload.set], workload.kind)
            return limit.command(programs["limit"], data / workload.set / "data.colonnade", options)
        script = self.pictures if workload.crop else self.script
        words = [programs["python"], RIVALS / script] if self.is_rival else [programs["bench"], "race"]
        return [*words, "--workload", workload.name, "--data", data, "--shuffle", int(workload.shuffle), *options]

    def takes_part(self, workload, batch):
        if self.is_rival and not (self.pictures if workload.crop else self.script):
            return False
        if self.is_scalar and (not workload.crop or workload.antialias):
            return False
        if workload.crop and (self.computes_order or self.delivers):
            return False
        if workload.name == "cold" and not self.takes_all or not workload.rivals and self.key not in QUICK:
            return False
        if self.computes_order and (not workload.shuffle or workload.name == "cold"):
            return False
        return self.all_batches or batch == (256 if 256 in workload.batches else workload.batches[0])


def rival(key, title, script, files, **options):
    return Contestant(key, title, files, script=script, **options)


def picture_rival(key, title, script):
    return Contestant(key, title, (), pictures=script)


# The contestants of the quick race.
QUICK = ("c-1", "c-2", "c-order-1", "c-order-2", "c-delivery-2", "c-scalar-1", "ours-1", "ours-2", "python")
FEW = {"all_batches": False, "takes_all": False}
ALL = [
    Contestant("c-1", "C, 1 thread", ("data.colonnade",), 1),
    Contestant("c-2", "C, 2 threads", ("data.colonnade",), 2),
    Contestant("c-order-1", "C with the order, 1 thread", ("data.colonnade",), 1, computes_order=True),
    Contestant("c-order-2", "C with the order, 2 threads", ("data.colonnade",), 2, computes_order=True),
    Contestant("c-delivery-2", "C with delivery in order, 2 threads", ("data.colonnade",), 2, delivers=True),
    Contestant("c-scalar-1", "C with a scalar resize, 1 thread", (), 1, is_scalar=True),
    Contestant("ours-1", "**Colonnade**, 1 thread", ("data.colonnade",), 1),
    Contestant("ours-2", "**Colonnade**, 2 threads", ("data.colonnade",), 2),
    rival("python", "**Colonnade** in Python", "colonnade_python.py", ("data.colonnade",), pictures="picture_colonnade.py"),
    rival("numpy", "NumPy memmap", "numpy_take.py", ("*.npy",)),
    rival("torch-batched", "PyTorch index_select", "torch_batched.py", ("*.npy",)),
    rival("torch-loader", "PyTorch DataLoader", "torch_loader.py", ("*.npy",)),
    rival("mlx", "MLX Data", "mlx_buffer.py", (), pictures="picture_mlx.py", takes_all=False),
    rival("huggingface", "HF datasets", "huggingface.py", ("huggingface",), all_batches=False),
    rival("lance", "Lance", "lance_take.py", ("data.lance",), all_batches=False),
    rival("grain", "Grain + ArrayRecord", "grain_records.py", ("data.array_record",), **FEW),
    rival("webdataset", "WebDataset", "web_tar.py", ("webdataset",), **FEW),
    rival("litdata", "LitData", "litdata_chunks.py", ("litdata",), **FEW),
    rival("mds", "Mosaic MDS", "mosaic_mds.py", ("mds",), **FEW),
    picture_rival("torchvision", "torchvision", "picture_torchvision.py"),
    picture_rival("tensorflow", "tf.data", "picture_tensorflow.py"),
    picture_rival("spdl", "SPDL", "picture_spdl.py"),
    picture_rival("ffcv", "FFCV", "picture_ffcv.py"),
]
