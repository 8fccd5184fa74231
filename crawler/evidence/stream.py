"""Byte streams over saved evidence that know where a record can be read from again.

Written by hand because the usual readers take a cut gzip member without an error: here the end
of the input inside a member always raises, and nothing larger than a buffer is held.
"""

import zlib
from abc import ABC, abstractmethod
from typing import BinaryIO

from crawler.errors import EvidenceError

_READ_BYTES = 64 * 1024
_PEEK_BYTES = 4096
_GZIP_MAGIC = b"\x1f\x8b"


class CutError(EvidenceError):
    """The input ends inside a record, or cannot be decompressed further."""


class ByteSource(ABC):
    """Bytes of a WARC, decompressed; offsets are those of the file as it lies on disk."""

    def __init__(self) -> None:
        self._buffer = b""
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes; empty only at the end of the input."""
        self._need_some()
        taken = self._buffer[self._at : self._at + size]
        self._at += len(taken)
        return taken

    def peek(self) -> bytes:
        """Return some of the bytes that come next without taking them; empty at the end."""
        self._need_some()
        return self._buffer[self._at : self._at + _PEEK_BYTES]

    def _need_some(self) -> None:
        if self._at == len(self._buffer):
            self._buffer, self._at = self._more(), 0

    @abstractmethod
    def _more(self) -> bytes:
        """Return the bytes that follow the buffer; empty at the end."""

    @abstractmethod
    def restart_offset(self) -> int:
        """Return the offset from which the next byte can be reached again."""

    @abstractmethod
    def is_between_members(self) -> bool:
        """Tell whether the next byte, if any, starts a compressed member."""


class PlainSource(ByteSource):
    """An uncompressed WARC: every offset is one to start from."""

    def __init__(self, raw: BinaryIO, offset: int) -> None:
        super().__init__()
        self._raw = raw
        self._raw.seek(offset)
        self._buffer_end = offset

    def _more(self) -> bytes:
        more = self._raw.read(_READ_BYTES)
        self._buffer_end += len(more)
        return more

    def restart_offset(self) -> int:
        return self._buffer_end - len(self._buffer) + self._at

    def is_between_members(self) -> bool:
        return False


class GzipSource(ByteSource):
    """A WARC in gzip members; a member's start is an offset to start from."""

    def __init__(self, raw: BinaryIO, offset: int) -> None:
        super().__init__()
        self._raw = raw
        self._raw.seek(offset)
        self._input = b""
        self._input_end = offset  # file offset after what was read from the file so far
        self._member_start = offset
        self._inflater: zlib._Decompress | None = None

    def is_between_members(self) -> bool:
        if self._at < len(self._buffer):
            return False
        if self._inflater is not None and not self._inflater.eof:
            self._buffer, self._at = self._more_of_member(), 0
        return not self._buffer or self._at == len(self._buffer)

    def restart_offset(self) -> int:
        """Return the current member's start; the next one's, once this one is used up."""
        if self.is_between_members():
            return self._input_end - len(self._input)
        return self._member_start

    def _more(self) -> bytes:
        more = self._more_of_member()
        while not more and self._start_member():
            more = self._more_of_member()
        return more

    def _more_of_member(self) -> bytes:
        """Return the next bytes of the current member; empty at its end."""
        inflater, output = self._inflater, b""
        while inflater is not None and not output and not inflater.eof:
            if not self._input:
                self._refill()
            if not self._input:
                raise CutError(
                    f"compressed record at offset {self._member_start} is cut: expected more "
                    f"data, got the end of the file at {self._input_end}"
                )
            try:
                output = inflater.decompress(self._input, _READ_BYTES)
            except zlib.error as error:
                raise CutError(
                    f"compressed record at offset {self._member_start} is damaged ({error})"
                ) from error
            self._input = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
        return output

    def _start_member(self) -> bool:
        if len(self._input) < len(_GZIP_MAGIC):
            self._refill()
        # Some tools pad the file with zeros; nothing of ours follows them.
        if not self._input.rstrip(b"\x00"):
            return False
        self._member_start = self._input_end - len(self._input)
        self._inflater = zlib.decompressobj(wbits=31)
        return True

    def _refill(self) -> None:
        more = self._raw.read(_READ_BYTES)
        self._input_end += len(more)
        self._input += more


def open_source(raw: BinaryIO, offset: int) -> ByteSource:
    """Return a source over a WARC, compressed or not, from an offset on."""
    raw.seek(0)
    magic = raw.read(len(_GZIP_MAGIC))
    return GzipSource(raw, offset) if magic == _GZIP_MAGIC else PlainSource(raw, offset)
