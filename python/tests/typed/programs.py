# SPDX-License-Identifier: Apache-2.0
"""Programs of users, with the types that a type checker infers."""

from typing import Any, assert_type

import colonnade as dx

buffer = dx.buffer_from_vector([{"x": 1}]).shuffle(seed=1).batch(2)
assert_type(buffer, dx.Buffer)
assert_type(buffer[0], dict[str, Any])

stream = buffer.to_stream().key_transform("x", lambda x: x + 1).pad_if(True, "x", 0, 1, 1, 0)
stream = stream.shard("x", 2).shard("auto").shard(rank=1, of=2).shard_if(False, 0, 2).prefetch(4, 2)
assert_type(stream, dx.Stream)
for sample in stream:
    assert_type(sample, dict[str, Any])
assert_type(stream.state(), dict[str, Any])
dx.core.set_state(1)

dx.buffer_from_vector([]).batch("2")  # type: ignore[arg-type]
dx.Stream.nothing  # type: ignore[attr-defined]  # noqa: B018
