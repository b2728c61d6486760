# SPDX-License-Identifier: MIT
"""The work of ours.cpp done by other libraries, each in the form that its users would write for speed.

    python peers.py LIBRARY THREADS WORK SIZES...

LIBRARY is one of the keys of LIBRARIES. Speaks like ours.cpp: one run to warm up, "ready", a run for each line on the
standard input, and one line of JSON at the end. All are given float32 and what belongs to the noise level ready made.
"""

import json
import math
import os
import sys
import time

if __name__ == "__main__":
    LIBRARY, THREADS, WORK, *SIZES = sys.argv[1:]
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = THREADS  # before the libraries look

import numpy as np

LARGEST = 1 << 27  # numbers of the largest matrix that is made: 0.5 GB
CACHED = 1 << 20  # numbers of one that stays in the caches: 4 MB


def uniforms(seed, shape, low=0.0, high=1.0):
    """Numbers of stream `seed`, uniform in [low, high), the same as in ours.cpp."""
    with np.errstate(over="ignore"):
        h = np.arange(math.prod(shape), dtype=np.uint32) * np.uint32(0x9E3779B1)
        h += np.uint32(seed * 0x85EBCA77 & 0xFFFFFFFF)
        h = (h ^ h >> np.uint32(15)) * np.uint32(0x2C1B3C6D)
        h = (h ^ h >> np.uint32(12)) * np.uint32(0x297A2D39)
        h ^= h >> np.uint32(15)
    return (low + (high - low) * ((h >> np.uint32(8)) / 2.0**24)).reshape(shape).astype(np.float32)


def sigmoid(a):
    return 1 / (1 + math.exp(-a))


class Mixture:
    """Points z and the components at the level 1.5: c, m and P with log w N(z; m, C) = c - (z - m)^T P (z - m) / 2."""

    def __init__(self, shape, n, k, d):
        signal, self.noise = math.sqrt(sigmoid(1.5)), math.sqrt(sigmoid(-1.5))
        weights, self.z = uniforms(1, (k,), 0.5, 1.5), uniforms(4, (n, d), -3, 3)
        means = uniforms(2, (k, d), -2, 2).astype(float)
        if shape == "isotropic":
            variances = signal**2 * uniforms(3, (k,), 0.02, 0.12).astype(float) + self.noise**2
            precision, log_det = 1 / variances, d * np.log(variances)
        else:
            a = 2 * uniforms(3, (k, d, d)).astype(float) - 1
            covariances = (0.05 * np.eye(d) + 0.1 / d * a @ a.transpose(0, 2, 1)).astype(np.float32)
            covariances = signal**2 * covariances.astype(float) + self.noise**2 * np.eye(d)
            precision, log_det = np.linalg.inv(covariances), np.linalg.slogdet(covariances)[1]
        self.covariances = np.linalg.inv(precision) if shape == "full" else 1 / precision
        self.weights = weights / weights.sum()
        self.c = (np.log(weights) - log_det / 2).astype(np.float32)
        self.m = (signal * means).astype(np.float32)
        self.P = precision.astype(np.float32)
        # isotropic: c - p |z|^2 / 2 + p m z - p |m|^2 / 2; full: P (z - m) of all components by one product with z
        if shape == "isotropic":
            p, m = self.P.astype(float), self.m.astype(float)
            self.pm = (p[:, None] * m).astype(np.float32)
            self.offset = (self.c - p * (m**2).sum(1) / 2).astype(np.float32)
        else:
            self.W = np.ascontiguousarray(self.P.transpose(1, 0, 2).reshape(d, k * d))
            self.b = -np.einsum("kij,kj->ki", self.P, self.m).reshape(k * d)


class Cloud:
    """Queries z and the points x of the data, scaled by the signal: r = softmax(-g |z - x|^2), eps = f (z - r x)."""

    def __init__(self, queries, n, d):
        level, width = (1.5 if d < 16 else -4.0), 0.1
        variance = sigmoid(level) * width**2 + sigmoid(-level)
        self.x = (math.sqrt(sigmoid(level)) * uniforms(2, (n, d), -2, 2)).astype(np.float32)
        self.z = uniforms(4, (queries, d), -3, 3)
        self.g, self.f = 1 / (2 * variance), math.sqrt(sigmoid(-level)) / variance


class Samples:
    """Two samples x, y and g with k(x, y) = exp(-g |x - y|^2)."""

    def __init__(self, n, d):
        self.x, self.y = uniforms(5, (n, d), -2, 2), uniforms(6, (n, d), -1.75, 2.25)
        self.g = 1 / (2 * (0.5 if d < 16 else 8.0) ** 2)


def unbiased(xx, yy, xy, n):
    """MMD^2 from the sums of the three kernel matrices, with their diagonals of ones."""
    return float((xx - n) / (n * (n - 1.0)) + (yy - n) / (n * (n - 1.0)) - 2 * xy / (n * float(n)))


def rows_of(n, columns, block=CACHED):
    """Slices of n rows, at most `block` numbers each."""
    step = max(1, block // columns)
    return [slice(i, min(i + step, n)) for i in range(0, n, step)]


# Each function below prepares a problem and returns what is timed. --------------------------------------------------


def numpy_work(work, sizes):
    if work == "gemm":
        a, b = np.full((4096, 1024), 0.5, np.float32), np.full((1024, 4096), 0.25, np.float32)
        return lambda: [a @ b for _ in range(4)][0][:1, :1]

    def softmax(l):
        l -= l.max(1, keepdims=True)
        np.exp(l, out=l)
        l /= l.sum(1, keepdims=True)
        return l

    if work == "mixture_isotropic":
        p = Mixture("isotropic", *sizes)
        out = np.empty_like(p.z)

        def run():
            for rows in rows_of(len(p.z), len(p.m)):
                z = p.z[rows]
                l = z @ p.pm.T
                l += p.offset
                l -= (z * z).sum(1, keepdims=True) * (p.P / 2)
                r = softmax(l)
                out[rows] = p.noise * ((r @ p.P)[:, None] * z - r @ p.pm)
            return out

        return run
    if work == "mixture_full":
        p = Mixture("full", *sizes)
        k, d = p.m.shape
        out = np.empty_like(p.z)

        def run():
            for rows in rows_of(len(p.z), k * d):
                y = (p.z[rows] @ p.W + p.b).reshape(-1, k, d)
                diff = p.z[rows, None] - p.m
                r = softmax(p.c - np.einsum("nkd,nkd->nk", y, diff) / 2)
                out[rows] = p.noise * np.matmul(r[:, None], y)[:, 0]
            return out

        return run
    if work == "empirical":
        p = Cloud(*sizes)
        x2, xt, out = p.g * (p.x**2).sum(1), np.ascontiguousarray(2 * p.g * p.x.T), np.empty_like(p.z)

        def run():
            for rows in rows_of(len(p.z), len(p.x)):
                l = p.z[rows] @ xt
                l -= x2  # -g |z|^2 is the same for all points
                out[rows] = p.f * (p.z[rows] - softmax(l) @ p.x)
            return out

        return run
    p = Samples(*sizes)

    def kernel_sum(x, y):
        x2, y2, yt, total = (x**2).sum(1, keepdims=True) * p.g, (y**2).sum(1) * p.g, 2 * p.g * y.T, 0.0
        for rows in rows_of(len(x), len(y)):
            l = x[rows] @ yt
            l -= x2[rows]
            l -= y2
            np.exp(l, out=l)
            total += float(l.sum())
        return total

    return lambda: unbiased(kernel_sum(p.x, p.x), kernel_sum(p.y, p.y), kernel_sum(p.x, p.y), len(p.x))


def torch_work(work, sizes, block=LARGEST, compiled=False):
    import torch

    torch.set_num_threads(int(THREADS))
    torch.set_grad_enabled(False)
    t = torch.from_numpy
    compiler = torch.compile if compiled else lambda f: f
    if work == "gemm":
        a, b = torch.full((4096, 1024), 0.5), torch.full((1024, 4096), 0.25)
        return lambda: [a @ b for _ in range(4)][0][:1, :1].numpy()

    def coordinates(points):
        """The points as columns: products with few coordinates are several times faster for it."""
        return torch.as_tensor(points).T.contiguous()

    def blocks(z, columns, f):
        """f on blocks of rows."""
        out = torch.empty_like(z)

        def run():
            for rows in rows_of(len(z), columns, block):
                out[rows] = f(z[rows])
            return out.numpy()

        return run

    if work == "mixture_isotropic":
        p = Mixture("isotropic", *sizes)
        c, P, pm = t(p.offset), t(p.P), coordinates(p.pm)

        @compiler
        def f(z):
            l = torch.addcmul(torch.addmm(c, z, pm), (z * z).sum(1, keepdim=True), P, value=-0.5)
            r = torch.softmax(l, 1)
            return p.noise * ((r @ P)[:, None] * z - r @ pm.T)

        return blocks(t(p.z), len(P), f)
    if work == "mixture_full":
        p = Mixture("full", *sizes)
        k, d = p.m.shape
        c, m, W, b = t(p.c), t(p.m), t(p.W), t(p.b)

        @compiler
        def f(z):
            y = torch.addmm(b, z, W).view(-1, k, d)
            r = torch.softmax(c - (y * (z[:, None] - m)).sum(2) / 2, 1)
            return p.noise * torch.bmm(r[:, None], y)[:, 0]

        return blocks(t(p.z), k * d, f)
    if work == "empirical":
        p = Cloud(*sizes)
        x, xt = coordinates(p.x).T, coordinates(2 * p.g * p.x)
        x2 = p.g * (x**2).sum(1)

        @compiler
        def f(z):
            r = torch.softmax(torch.addmm(x2, z, xt, beta=-1), 1)  # -g |z|^2 is the same for all points
            return p.f * (z - r @ x)

        return blocks(t(p.z), len(x), f)
    p = Samples(*sizes)
    tx, ty = t(p.x), t(p.y)

    @compiler
    def block_sum(x, x2, y2, yt):
        return torch.addmm(y2, x, yt, beta=-1).sub_(x2).exp_().sum()

    def kernel_sum(x, y):
        x2, y2, yt = (x**2).sum(1, keepdim=True) * p.g, (y**2).sum(1) * p.g, coordinates(2 * p.g * y)
        return sum(float(block_sum(x[rows], x2[rows], y2, yt)) for rows in rows_of(len(x), len(y), block))

    return lambda: unbiased(kernel_sum(tx, tx), kernel_sum(ty, ty), kernel_sum(tx, ty), len(tx))


def jax_work(work, sizes, block=LARGEST):
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=" + ("true" if int(THREADS) > 1 else "false")
    os.environ["JAX_PLATFORMS"] = "cpu"
    import jax
    import jax.numpy as jnp

    if work == "gemm":
        a, b = jnp.full((4096, 1024), 0.5), jnp.full((1024, 4096), 0.25)
        product = jax.jit(lambda a, b: a @ b)
        return lambda: np.asarray([product(a, b).block_until_ready() for _ in range(4)][0][:1, :1])

    def for_rows(f, z, columns):
        """f for each row, in blocks."""
        return jax.vmap(f)(z) if len(z) * columns <= block else jax.lax.map(f, z, batch_size=max(1, block // columns))

    def compiled(f, z, columns):
        g, z = jax.jit(lambda z: for_rows(f, z, columns)), jnp.asarray(z)
        return lambda: np.asarray(g(z).block_until_ready())

    if work == "mixture_isotropic":
        p = Mixture("isotropic", *sizes)

        def f(z):
            r = jax.nn.softmax(p.offset + p.pm @ z - (z * z).sum() * (p.P / 2))
            return p.noise * ((r @ p.P) * z - r @ p.pm)

        return compiled(f, p.z, len(p.m))
    if work == "mixture_full":
        p = Mixture("full", *sizes)

        def f(z):
            y = (z @ p.W + p.b).reshape(p.m.shape)
            r = jax.nn.softmax(p.c - (y * (z - p.m)).sum(1) / 2)
            return p.noise * (r @ y)

        return compiled(f, p.z, p.m.size)
    if work == "empirical":
        p = Cloud(*sizes)
        x2 = (p.x**2).sum(1)

        def f(z):
            r = jax.nn.softmax(p.g * (2 * (p.x @ z) - x2))
            return p.f * (z - r @ p.x)

        return compiled(f, p.z, len(p.x))
    p = Samples(*sizes)

    @jax.jit
    def sums(x, y):
        def kernel_sum(x, y):
            y2 = (y**2).sum(1)
            row = lambda x_i: jnp.exp(p.g * (2 * (y @ x_i) - (x_i**2).sum() - y2)).sum()
            return for_rows(row, x, len(y))

        return kernel_sum(x, x), kernel_sum(y, y), kernel_sum(x, y)

    x, y = jnp.asarray(p.x), jnp.asarray(p.y)
    return lambda: unbiased(*(float(np.asarray(s, np.float64).sum()) for s in sums(x, y)), len(x))


def keops_work(work, sizes):
    import torch
    from pykeops.torch import Vi, Vj

    torch.set_num_threads(int(THREADS))
    t = torch.from_numpy
    if work == "gemm":
        raise NotImplementedError
    if work == "mixture_isotropic":
        p = Mixture("isotropic", *sizes)
        diff = Vi(t(p.z)) - Vj(t(p.m))
        P, c = Vj(t(p.P)[:, None]), Vj(t(p.c)[:, None])
        l = c - P * diff.sqnorm2() / 2
        return lambda: p.noise * l.sumsoftmaxweight(P * diff, dim=1).numpy()
    if work == "mixture_full":
        p = Mixture("full", *sizes)
        k, d = p.m.shape
        diff = Vi(t(p.z)) - Vj(t(p.m))
        pull = Vj(t(p.P.reshape(k, d * d))).matvecmult(diff)
        l = Vj(t(p.c)[:, None]) - (pull * diff).sum(-1) / 2
        return lambda: p.noise * l.sumsoftmaxweight(pull, dim=1).numpy()
    if work == "empirical":
        p = Cloud(*sizes)
        z, x = t(p.z), t(p.x)
        l = -p.g * Vi(z).sqdist(Vj(x))
        return lambda: (p.f * (z - l.sumsoftmaxweight(Vj(x), dim=1))).numpy()
    p = Samples(*sizes)

    def kernel_sum(x, y):
        return float((-p.g * Vi(x).sqdist(Vj(y))).exp().sum(dim=1).double().sum())

    x, y = t(p.x), t(p.y)
    return lambda: unbiased(kernel_sum(x, x), kernel_sum(y, y), kernel_sum(x, y), len(x))


def sklearn_work(work, sizes):
    from sklearn.metrics.pairwise import euclidean_distances, rbf_kernel
    from sklearn.mixture import GaussianMixture
    from sklearn.utils.extmath import softmax

    if work == "gemm":
        raise NotImplementedError
    if work.startswith("mixture"):
        shape = work.removeprefix("mixture_")
        p = Mixture(shape, *sizes)
        model = GaussianMixture(len(p.m), covariance_type="spherical" if shape == "isotropic" else "full")
        model.weights_, model.means_, model.covariances_ = p.weights.astype(float), p.m.astype(float), p.covariances
        model.precisions_cholesky_ = (
            1 / np.sqrt(p.covariances)
            if shape == "isotropic"
            else np.stack([np.linalg.inv(np.linalg.cholesky(c)).T for c in p.covariances])
        )

        def run():
            out = np.empty_like(p.z)
            for rows in rows_of(len(p.z), p.m.size):
                z = p.z[rows]
                r = model.predict_proba(z)
                if shape == "isotropic":
                    out[rows] = p.noise * ((r @ p.P)[:, None] * z - r @ p.pm)
                else:
                    out[rows] = p.noise * sum(r[:, k, None] * ((z - p.m[k]) @ p.P[k]) for k in range(len(p.m)))
            return out

        return run
    if work == "empirical":
        p = Cloud(*sizes)

        def run():
            out = np.empty_like(p.z)
            for rows in rows_of(len(p.z), len(p.x)):
                l = euclidean_distances(p.z[rows], p.x, squared=True)
                l *= -p.g
                out[rows] = p.f * (p.z[rows] - softmax(l, copy=False) @ p.x)
            return out

        return run
    p = Samples(*sizes)

    def kernel_sum(x, y):
        return sum(float(rbf_kernel(x[rows], y, gamma=p.g).sum()) for rows in rows_of(len(x), len(y)))

    return lambda: unbiased(kernel_sum(p.x, p.x), kernel_sum(p.y, p.y), kernel_sum(p.x, p.y), len(p.x))


# The package whose version is printed, and the work.
LIBRARIES = {
    "NumPy": ("numpy", numpy_work),
    "PyTorch": ("torch", torch_work),
    "PyTorch in blocks": ("torch", lambda work, sizes: torch_work(work, sizes, CACHED)),
    "PyTorch compile": ("torch", lambda work, sizes: torch_work(work, sizes, CACHED, compiled=True)),
    "JAX jit": ("jax", jax_work),
    "JAX jit in blocks": ("jax", lambda work, sizes: jax_work(work, sizes, 4 * CACHED)),
    "KeOps": ("pykeops", keops_work),
    "scikit-learn": ("sklearn", sklearn_work),
}


def memory(kind):
    """VmRSS, the memory in use, or VmHWM, its peak, in MB."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(kind)) * 1024 / 1e6


def main():
    from importlib import import_module

    package, prepare = LIBRARIES[LIBRARY]
    version = import_module(package).__version__
    run = prepare(WORK, [int(size) for size in SIZES])
    before = memory("VmRSS")
    result = run()
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        result = run()
        print(time.perf_counter() - start, flush=True)
    peak = memory("VmHWM")
    flat = np.ravel(np.asarray(result, dtype=float))
    sample = [float(flat[i * flat.size // 16]) for i in range(16)] if flat.size > 1 else [float(flat[0])]
    print(json.dumps({"version": version, "memory_before": before, "memory_peak": peak, "sample": sample}))


if __name__ == "__main__":
    main()
