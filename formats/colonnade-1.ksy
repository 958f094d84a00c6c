# SPDX-License-Identifier: Apache-2.0
#
# The structures of a Colonnade file for Kaitai Struct, to inspect files. Where it differs from colonnade-1.md, that text is
# right. Of the rules of section 7 it checks only magic bytes, and it does not decode the regions of a segment.
# It was written by hand, and has not been compiled with the Kaitai Struct compiler.
meta:
  id: colonnade_1
  title: Colonnade file, version 1
  file-extension: colonnade
  license: Apache-2.0
  endian: le
  encoding: UTF-8
  bit-endian: le
seq:
  - id: header
    type: header
  - id: slot_a
    type: slot
  - id: slot_b
    type: slot
instances:
  a_in_force:
    doc: Assumes that a slot that is not empty is valid. Checksums are not computed here.
    value: slot_a.sequence > slot_b.sequence
  file_end:
    value: 'a_in_force ? slot_a.end : slot_b.end'
  trailer:
    pos: file_end - 32
    type: trailer
  footer:
    pos: file_end - 32 - trailer.len_footer
    size: trailer.len_footer
    type: footer
types:
  header:
    seq:
      - id: magic
        contents: [0x89, COLN, 0x0d, 0x0a, 0x1a]
      - id: major_version
        type: u2
      - id: minor_version
        type: u2
      - id: reserved
        size: 48
      - id: checksum
        type: u4
        doc: CRC-32C of bytes 0 to 59
  slot:
    seq:
      - id: sequence
        type: u8
        doc: odd in slot A, even in slot B; 0 is an empty slot
      - id: end
        type: u8
      - id: reserved
        size: 12
      - id: checksum
        type: u4
  trailer:
    seq:
      - id: sequence
        type: u8
      - id: len_footer
        type: u8
      - id: footer_checksum
        type: u4
      - id: checksum
        type: u4
        doc: of bytes 0 to 19 of the trailer
      - id: magic
        contents: COLNFOOT
  footer:
    seq:
      - id: required_features
        type: u4
      - id: optional_features
        type: u4
      - id: num_rows
        type: u8
      - id: num_columns
        type: u4
      - id: num_groups
        type: u4
      - id: num_runs
        type: u4
      - id: num_metadata
        type: u4
      - id: num_retired
        type: u4
      - id: block_exponent
        type: u1
        doc: checksums cover blocks of 1 << block_exponent bytes
      - id: reserved
        size: 3
      - id: columns
        type: column
        repeat: expr
        repeat-expr: num_columns
      - id: groups
        type: group
        repeat: expr
        repeat-expr: num_groups
      - id: region_counts
        type: region_count(_index)
        size: 0
        repeat: expr
        repeat-expr: num_columns
        doc: Needs no bytes. Counts the regions of this column and the columns before it.
      - id: runs
        type: run
        repeat: expr
        repeat-expr: num_runs
      - id: metadata
        type: metadata
        repeat: expr
        repeat-expr: num_metadata
      - id: retired
        type: retired
        repeat: expr
        repeat-expr: num_retired
    instances:
      num_regions:
        doc: of each segment
        value: num_groups + region_counts.last.total
  region_count:
    params:
      - id: index
        type: s4
    instances:
      own:
        value: '_parent.columns[index].num_varying == 0 ? 0 : _parent.columns[index].num_varying == 1 ? 2 : 3'
      total:
        value: 'own + (index == 0 ? 0 : _parent.region_counts[index - 1].total)'
  column:
    seq:
      - id: name
        type: str16
      - id: kind
        type: u1
        enum: kind
      - id: data_type
        type: u1
        enum: data_type
      - id: codec
        type: u1
        enum: codec
      - id: rank
        type: u1
      - id: group
        type: u4
        doc: 0xffffffff for a variable column
      - id: offset
        type: u4
      - id: dimensions
        type: dimension(_index)
        repeat: expr
        repeat-expr: rank
      - id: statistics
        type:
          switch-on: data_type
          cases:
            'data_type::int8': statistics_signed
            'data_type::int16': statistics_signed
            'data_type::int32': statistics_signed
            'data_type::int64': statistics_signed
            'data_type::float16': statistics_float
            'data_type::bfloat16': statistics_float
            'data_type::float32': statistics_float
            'data_type::float64': statistics_float
            _: statistics_unsigned
      - id: num_attributes
        type: u2
      - id: attributes
        type: attribute
        repeat: expr
        repeat-expr: num_attributes
    instances:
      num_varying:
        value: 'rank == 0 ? 0 : dimensions.last.varying_so_far'
  dimension:
    params:
      - id: index
        type: s4
    seq:
      - id: size
        type: s8
        doc: The format has u8; no dimension but the mark of a varying one, which is -1 here, is above 2 to the 40.
    instances:
      varies:
        value: size == -1
      varying_so_far:
        value: '(varies ? 1 : 0) + (index == 0 ? 0 : _parent.dimensions[index - 1].varying_so_far)'
  statistics_signed:
    seq:
      - id: elements
        type: u8
      - id: non_finite
        type: u8
      - id: min
        type: s8
      - id: max
        type: s8
      - id: distribution
        type: distribution
  statistics_unsigned:
    seq:
      - id: elements
        type: u8
      - id: non_finite
        type: u8
      - id: min
        type: u8
      - id: max
        type: u8
      - id: distribution
        type: distribution
  statistics_float:
    seq:
      - id: elements
        type: u8
      - id: non_finite
        type: u8
      - id: min
        type: f8
      - id: max
        type: f8
      - id: distribution
        type: distribution
  distribution:
    seq:
      - id: mean
        type: f8
      - id: deviation
        type: f8
      - id: shortest
        type: u8
      - id: longest
        type: u8
  attribute:
    seq:
      - id: number
        type: u2
      - id: len_content
        type: u4
      - id: content
        size: len_content
        type:
          switch-on: number
          cases:
            1: class_labels
            2: media_type
            3: time_type
            5: entry_points
  class_labels:
    seq:
      - id: num_labels
        type: u4
      - id: labels
        type: str32
        repeat: expr
        repeat-expr: num_labels
  media_type:
    seq:
      - id: value
        type: str
        size-eos: true
        encoding: ASCII
  time_type:
    doc: Such as `date[d]` or `timestamp[us, UTC]`.
    seq:
      - id: value
        type: str
        size-eos: true
        encoding: ASCII
  entry_points:
    doc: The name of the column with the entry points of the files in this one.
    seq:
      - id: value
        type: str
        size-eos: true
        encoding: UTF-8
  group:
    seq:
      - id: stride
        type: u8
      - id: codec
        type: u1
        enum: codec
      - id: reserved
        size: 7
  run:
    seq:
      - id: num_rows
        type: u8
      - id: segment_exponent
        type: u1
      - id: reserved
        size: 7
      - id: segments
        type: segment
        repeat: expr
        repeat-expr: (num_rows + (1 << segment_exponent) - 1) >> segment_exponent
  segment:
    seq:
      - id: offset
        type: u8
      - id: len_data
        type: u8
      - id: sums_checksum
        type: u4
      - id: reserved
        type: u4
      - id: regions
        type: region
        repeat: expr
        repeat-expr: _parent._parent.num_regions
    instances:
      data:
        io: _root._io
        pos: offset
        size: len_data
      sums:
        io: _root._io
        pos: offset + len_data
        type: u4
        repeat: expr
        repeat-expr: (len_data + (1 << _parent._parent.block_exponent) - 1) >> _parent._parent.block_exponent
  region:
    seq:
      - id: offset
        type: u8
        doc: from the start of the segment
      - id: len_stored
        type: u8
      - id: len_decoded
        type: u8
    instances:
      stored:
        io: _root._io
        pos: _parent.offset + offset
        size: len_stored
  metadata:
    seq:
      - id: key
        type: str16
      - id: value
        type: str32
  retired:
    seq:
      - id: offset
        type: u8
      - id: length
        type: u8
      - id: checksum
        type: u4
      - id: reserved
        type: u4
  str16:
    seq:
      - id: length
        type: u2
      - id: value
        type: str
        size: length
  str32:
    seq:
      - id: length
        type: u4
      - id: value
        type: str
        size: length
enums:
  kind:
    0: tensor
    1: bytes
    2: string
  data_type:
    1: uint8
    2: int8
    3: uint16
    4: int16
    5: uint32
    6: int32
    7: uint64
    8: int64
    9: float16
    10: bfloat16
    11: float32
    12: float64
    13: bool
  codec:
    0: plain
    1: zlib
    2: zstd
    3: lz4
